import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatFor } from "../../i18n/format.ts";
import { heights, tickWord } from "./ticks.ts";

describe("the words of a chart", () => {
  test("heights begin at nothing, reach what is drawn, and are few and even", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e15, noNaN: true }), (most) => {
        const found = heights(most);
        const step = found[1] ?? 0;
        expect(found[0]).toBe(0);
        expect(found.at(-1)).toBeGreaterThanOrEqual(most * (1 - 1e-8));
        expect(found.length).toBeLessThanOrEqual(6);
        expect((found.at(-1) ?? 0) - most).toBeLessThanOrEqual(step);
      }),
    );
    expect(heights(100)).toEqual([0, 25, 50, 75, 100]);
    expect(heights(0)).toEqual([0, 1]);
    expect(heights(95, true)).toEqual([0, 30, 60, 90, 120]);
    expect(heights(3 * 3600, true)).toEqual([0, 3600, 7200, 10_800]);
    expect(heights(0.4, true)).toEqual(heights(0.4));
  });

  test("a day is named where one begins, and wherever days are what is seen", () => {
    const format = formatFor("en");
    const noon = new Date(2026, 10, 28, 12, 0).getTime();
    const midnight = new Date(2026, 10, 28).getTime();
    const hour = { from: noon, to: noon + 3_600_000 };
    expect(tickWord(noon, hour, format)).toMatch(/^12:00\sPM$/);
    expect(tickWord(midnight, hour, format)).toBe("Nov 28");
    expect(tickWord(noon, { from: noon, to: noon + 7 * 86_400_000 }, format)).toBe("Nov 28");
  });
});
