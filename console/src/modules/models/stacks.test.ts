import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { daysUntil, REST, roundTop, stacked } from "./stacks.ts";

const DAYS = ["2026-11-26", "2026-11-27", "2026-11-28"];
const amounts = fc.array(
  fc.record({
    day: fc.constantFrom(...DAYS, "2026-11-01"),
    key: fc.constantFrom("a", "b", "c", "d", "e"),
    value: fc.integer({ min: 0, max: 1000 }),
  }),
);

describe("stacks", () => {
  it("keep every amount of their days, once, in parts that lie on each other and below the top", () => {
    fc.assert(
      fc.property(amounts, fc.integer({ min: 1, max: 6 }), (given, most) => {
        const { keys, stacks, top } = stacked(given, DAYS, most);
        expect(keys.length).toBeLessThanOrEqual(most);
        expect(stacks.map(({ day }) => day)).toEqual(DAYS);
        const wanted = given.filter(({ day }) => DAYS.includes(day)).reduce((sum, { value }) => sum + value, 0);
        expect(stacks.reduce((sum, { total }) => sum + total, 0)).toBe(wanted);
        for (const { parts, total } of stacks) {
          expect(total).toBeLessThanOrEqual(top);
          expect(parts.map(({ from }) => from)).toEqual([0, ...parts.map(({ to }) => to)].slice(0, parts.length));
        }
      }),
    );
  });

  it("put the largest first, and the small ones together", () => {
    const given = [5, 100, 20, 1].map((value, at) => ({ day: "2026-11-28", key: "abcd".charAt(at), value }));
    expect(stacked(given, DAYS, 3).keys).toEqual(["b", "c", REST]);
    expect(stacked(given, DAYS, 4).keys).toEqual(["b", "c", "a", "d"]);
  });

  it("end their scale at a round number", () => {
    expect([0, 0.3, 1, 1.2, 5, 51, 0.002].map(roundTop)).toEqual([1, 0.5, 1, 2, 5, 100, 0.002]);
  });

  it("count days back over the end of a month", () => {
    expect(daysUntil(new Date("2026-12-01T05:00:00Z"), 3)).toEqual(["2026-11-29", "2026-11-30", "2026-12-01"]);
  });
});
