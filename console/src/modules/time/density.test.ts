import { describe, expect, it } from "vitest";
import { bars } from "./density.ts";

const span = { from: 0, to: 100 };
const buckets = [
  { from: -10, to: 10, transactions: 4, files: 0 },
  { from: 10, to: 20, transactions: 0, files: 0 },
  { from: 50, to: 60, transactions: 10_000, files: 1 },
  { from: 100, to: 110, transactions: 7, files: 7 },
];

describe("density", () => {
  it("shows what lies in the span, cut at its ends, and nothing where nothing happened", () => {
    expect(bars(buckets, span).map(({ left, width }) => [left, width])).toEqual([
      [0, 0.1],
      [0.5, expect.closeTo(0.1)],
    ]);
  });

  it("lets one change be seen beside ten thousand", () => {
    const [, busy] = bars(buckets, span);
    expect(busy).toMatchObject({ transactions: 1, files: 0.06 });
  });
});
