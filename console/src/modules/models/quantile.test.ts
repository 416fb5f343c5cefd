import { expect, test } from "vitest";
import { quantile } from "./quantile.ts";

test("a quantile is the bound that so many did not exceed", () => {
  const bounds = [0.1, 0.5, 1];
  expect(quantile(bounds, [0, 0, 0, 0], 0.5)).toBeNull();
  expect(quantile(bounds, [5, 4, 1, 0], 0.5)).toBe(0.1);
  expect(quantile(bounds, [5, 4, 1, 0], 0.95)).toBe(1);
  expect(quantile(bounds, [0, 0, 0, 3], 0.5)).toBe(Number.POSITIVE_INFINITY);
});
