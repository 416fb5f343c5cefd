import { expect, test } from "vitest";
import { citedIn } from "./cited.ts";

test("citations stand apart from what is said, and other brackets do not", () => {
  expect(citedIn("Twenty-five days [1][2], see a[0x].")).toEqual([
    { text: "Twenty-five days " },
    { cites: 1 },
    { cites: 2 },
    { text: ", see a[0x]." },
  ]);
  expect(citedIn("")).toEqual([]);
});
