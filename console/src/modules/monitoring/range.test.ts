import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AGES, between, closer, isLive, moved, rangeOf, spanOf, WEEK_MS, weekBefore, wider } from "./range.ts";

const NOW = Date.parse("2026-11-28T12:00:00Z");
const moment = fc.integer({ min: NOW - 80 * 86_400_000, max: NOW });
const range = fc.oneof(
  fc.constantFrom(...AGES).map((since) => ({ since })),
  fc.tuple(moment, moment).map(([a, b]) => between(a, b, NOW)),
);

describe("the time that charts show", () => {
  test("an address that makes no sense shows the last hour", () => {
    for (const said of [
      {},
      { since: "yesterday-ish" },
      { since: "0h" },
      { since: 7 },
      { since: "2026-11-28", until: "2026-11-27" },
    ])
      expect(rangeOf(said)).toEqual({ since: "1h" });
  });

  test("what is chosen stands in the address and is read from it again", () => {
    fc.assert(fc.property(range, (each) => void expect(rangeOf(each)).toEqual(each)));
  });

  test("a selection holds what was selected, is at least a minute long and ends by now", () => {
    fc.assert(
      fc.property(moment, moment, (a, b) => {
        const { from, to } = spanOf(between(a, b, NOW), NOW);
        expect(to).toBeLessThanOrEqual(NOW + 500);
        expect(to - from).toBeGreaterThanOrEqual(59_000);
        expect(from).toBeLessThanOrEqual(Math.min(a, b) + 1000);
        expect(to).toBeGreaterThanOrEqual(Math.max(a, b) - 1000);
      }),
    );
  });

  test("wider holds what was seen, closer is within it, and neither goes on by itself", () => {
    fc.assert(
      fc.property(range, (each) => {
        const { from, to } = spanOf(each, NOW);
        const out = spanOf(wider(each, NOW), NOW);
        const close = spanOf(closer(each, NOW), NOW);
        if (to - from < 45 * 86_400_000) expect(out.from).toBeLessThanOrEqual(from + 1000);
        expect(close.from).toBeGreaterThanOrEqual(from - 31_000);
        expect(close.to).toBeLessThanOrEqual(to + 31_000);
        expect(isLive(wider(each, NOW))).toBe(false);
      }),
    );
  });

  test("earlier and then later comes back, but never past now", () => {
    fc.assert(
      fc.property(range, (each) => {
        const there = moved(each, -1, NOW);
        expect(Math.abs(spanOf(moved(there, 1, NOW), NOW).to - spanOf(each, NOW).to)).toBeLessThanOrEqual(2000);
        expect(spanOf(moved(each, 1, NOW), NOW).to).toBeLessThanOrEqual(NOW + 500);
      }),
    );
  });

  test("the week before is as long and a week earlier", () => {
    fc.assert(
      fc.property(range, (each) => {
        const before = weekBefore(each);
        const end = before.until.endsWith("s") ? NOW - WEEK_MS : Date.parse(before.until);
        const begin = before.since.endsWith("s")
          ? NOW - Number.parseInt(before.since, 10) * 1000
          : Date.parse(before.since);
        const { from, to } = spanOf(each, NOW);
        expect(from - begin).toBe(WEEK_MS);
        expect(to - end).toBe(WEEK_MS);
      }),
    );
  });
});
