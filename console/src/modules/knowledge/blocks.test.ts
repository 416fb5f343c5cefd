import { expect, test } from "vitest";
import { blocksOf } from "./blocks.ts";

test("headings lose their marks, text and code keep their lines", () => {
  expect(
    blocksOf("# Leave ##\n\nTwenty-five days.\n\n- of them ten in summer\n```sh\n# no heading\n```\nDone.\f"),
  ).toEqual([
    { kind: "heading", text: "Leave" },
    { kind: "text", text: "Twenty-five days.\n\n- of them ten in summer" },
    { kind: "code", text: "# no heading" },
    { kind: "text", text: "Done." },
  ]);
});

test("a passage that was cut inside of code shows the rest as code", () => {
  expect(blocksOf("text\n~~~~\nx = 1\n~~~\ny = 2")).toEqual([
    { kind: "text", text: "text" },
    { kind: "code", text: "x = 1\n~~~\ny = 2" },
  ]);
});
