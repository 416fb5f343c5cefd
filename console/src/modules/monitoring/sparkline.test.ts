import { expect, test } from "vitest";
import { pathOf } from "./sparkline.ts";

test("a small line goes from nothing to its greatest, and breaks where nothing was measured", () => {
  const mean = [0, 5, null, 10];
  const points = { times: [0, 10, 20, 30], mean, least: mean, greatest: mean };
  expect(pathOf(points, { from: 0, to: 100 })).toBe("M0.0 23.0L10.0 12.0M30.0 1.0");
  expect(pathOf(points, { from: 10, to: 110 }, 20)).toBe("M0.0 17.5M20.0 12.0");
});
