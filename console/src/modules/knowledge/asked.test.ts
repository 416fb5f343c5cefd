import { expect, test } from "vitest";
import { readSearch, readTested, searchOf, testOf } from "./asked.ts";

test("an address keeps what differs from the usual, and drops what is none of it", () => {
  expect(readSearch({ q: 2026, in: "handbook", mode: "hybrid", k: 10, filter: {}, other: 1 })).toEqual({
    q: "2026",
    in: ["handbook"],
  });
  expect(readSearch({ q: "", mode: "text", k: 50, filter: { lang: "en" } })).toEqual({
    mode: "text",
    k: 50,
    filter: { lang: "en" },
  });
  expect(readSearch({ mode: "magic", k: 7, filter: "x", in: [1] })).toEqual({});
});

test("the daemon is asked for that", () => {
  expect(searchOf({ q: "leave", mode: "text", filter: { lang: "en" } }, ["a", "b"])).toEqual({
    collection: ["a", "b"],
    query_text: "leave",
    top_k: 10,
    mode: "text",
    filter: { lang: "en" },
  });
});

test("a test of it has what was expected, and a passage only of a document", () => {
  const tested = readTested({ q: "leave", scan: "coarse", expected: "leave.md", position: 3 });
  expect(tested).toEqual({ q: "leave", scan: "coarse", expected: "leave.md", position: 3 });
  expect(testOf(tested, ["a"])).toMatchObject({ expected: "leave.md", expected_position: 3, explain: true });
  expect(readTested({ scan: "auto", position: 3 })).toEqual({});
});
