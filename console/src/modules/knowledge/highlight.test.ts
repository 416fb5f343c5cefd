import fc from "fast-check";
import { expect, test } from "vitest";
import { marked } from "./highlight.ts";

const found = (text: string, query: string) =>
  marked(text, query)
    .filter((piece) => piece.found)
    .map((piece) => piece.text);

test("the pieces are the text again, whatever is asked", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (text, query) => {
      expect(
        marked(text, query)
          .map((piece) => piece.text)
          .join(""),
      ).toBe(text);
    }),
  );
});

test("English words are found in their other forms, and common ones are not pointed at", () => {
  expect(found("Twenty-five days of holiday a year.", "how many days of holidays?")).toEqual(["days", "holiday"]);
  expect(found("Copies are carried over; she runs.", "carrying a copy, running")).toEqual([
    "Copies",
    "carried",
    "runs",
  ]);
  expect(found("The résumé", "resume")).toEqual(["résumé"]);
});

test("a query of common words alone points at them", () => {
  expect(found("to be or not", "to be")).toEqual(["to", "be"]);
});

test("Chinese is found by pairs of characters, alone and among Latin letters", () => {
  expect(found("员工每年享有二十五天年假。", "年假有几天")).toEqual(["年假"]);
  expect(found("iPhone手机保修期为一年", "手机保修")).toEqual(["手机保修"]);
  expect(found("年糕与年假", "年")).toEqual(["年", "年"]);
});
