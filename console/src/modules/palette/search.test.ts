import { expect, test } from "vitest";
import { ranked } from "./search.ts";

const entries = [
  { title: "Name the present of a branch", detail: "nacre checkpoint" },
  { title: "Branch off a branch", detail: "nacre branch create" },
  { title: "项目", detail: "" },
];

test("with nothing typed all entries stand in their order", () => {
  expect(ranked(entries, "  ")).toEqual(entries);
});

test("every typed word must occur, in the title or the command", () => {
  expect(ranked(entries, "branch create").map((entry) => entry.detail)).toEqual(["nacre branch create"]);
  expect(ranked(entries, "branch nonsense")).toEqual([]);
});

test("a beginning counts more than a middle", () => {
  expect(ranked(entries, "branch")[0]?.title).toBe("Branch off a branch");
});

test("who types a command means that command", () => {
  const undo = { title: "Take back the last checkpoint", detail: "nacre undo" };
  expect(ranked([undo, ...entries], "checkpoint")[0]?.detail).toBe("nacre checkpoint");
  expect(ranked([undo, ...entries], "nacre checkpoint")[0]?.detail).toBe("nacre checkpoint");
});

test("Chinese is found by a part of a word", () => {
  expect(ranked(entries, "目")).toHaveLength(1);
});
