import { describe, expect, it } from "vitest";
import { barsOf } from "./bars.ts";

describe("a chart of a result", () => {
  it("sets the numbers against what names their rows", () => {
    expect(
      barsOf(
        ["city", "orders", "revenue"],
        [
          ["Oslo", 3, "12.50"],
          ["Bergen", 4, "8"],
        ],
      ),
    ).toEqual({
      measure: "revenue",
      bars: [
        { label: "Oslo", value: 12.5 },
        { label: "Bergen", value: 8 },
      ],
    });
  });

  it("is not drawn of one row, of too many, without numbers, or where nothing names the rows", () => {
    expect(barsOf(["n"], [[1]])).toBeNull();
    expect(barsOf(["n"], [[1], [2]])).toBeNull();
    expect(
      barsOf(
        ["a", "b"],
        [
          ["x", "y"],
          ["z", null],
        ],
      ),
    ).toBeNull();
    expect(
      barsOf(
        ["a", "n"],
        [
          ["x", 1],
          ["x", 1],
        ],
      ),
    ).toBeNull();
    expect(
      barsOf(
        ["a", "n"],
        Array.from({ length: 41 }, (_, at) => [`row ${at}`, at]),
      ),
    ).toBeNull();
  });
});
