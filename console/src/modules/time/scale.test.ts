import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { momentAt, moved, panned, placeOf, spanAround, stepOf, ticks, ZOOMS, type Zoom, zoomFor } from "./scale.ts";

const NOW = Date.UTC(2026, 10, 27, 12, 0, 0);
const HOUR = 3_600_000;
const zoom = fc.constantFrom<Zoom>("1h", "24h", "7d");
const oldest = NOW - 8 * 24 * HOUR;
const past = fc.integer({ min: oldest, max: NOW });

describe("the strip of time", () => {
  it("ends now when the moment is near", () => {
    expect(spanAround("1h", NOW, null)).toEqual({ from: NOW - HOUR, to: NOW });
    expect(spanAround("1h", NOW, NOW - HOUR / 2)).toEqual({ from: NOW - HOUR, to: NOW });
  });

  it("always shows the moment looked at", () => {
    fc.assert(
      fc.property(zoom, past, (chosen, moment) => {
        const span = spanAround(chosen, NOW, moment);
        expect(span.to - span.from).toBe(ZOOMS[chosen]);
        expect(span.to).toBeLessThanOrEqual(NOW);
        expect(placeOf(moment, span)).toBeGreaterThanOrEqual(0);
        expect(placeOf(moment, span)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("is as close as what is kept allows", () => {
    expect([60_000, 11 * 60_000, 2 * HOUR, 30 * HOUR, 1000 * HOUR].map((age) => zoomFor(NOW - age, NOW))).toEqual([
      "10m",
      "1h",
      "24h",
      "7d",
      "7d",
    ]);
  });

  it("leads from a moment to a place and back, to the second", () => {
    fc.assert(
      fc.property(zoom, past, (chosen, moment) => {
        const span = spanAround(chosen, NOW, moment);
        expect(Math.abs(momentAt(placeOf(moment, span), span, oldest, NOW) - moment)).toBeLessThanOrEqual(500);
      }),
    );
  });

  it("never leaves what is kept", () => {
    fc.assert(
      fc.property(past, fc.integer({ min: -1e9, max: 1e9 }), (moment, by) => {
        const target = moved(moment, by, oldest, NOW);
        expect(target === null || (target >= oldest && target < NOW)).toBe(true);
      }),
    );
    expect(moved(null, 1000, oldest, NOW)).toBeNull();
    expect(moved(null, -1000, oldest, NOW)).toBe(NOW - 1000);
  });

  it("is panned no further than now", () => {
    const span = spanAround("24h", NOW, null);
    expect(panned(span, 1, oldest, NOW)).toEqual(span);
    expect(panned(span, -0.5, oldest, NOW)).toEqual({ from: NOW - 36 * HOUR, to: NOW - 12 * HOUR });
    expect(panned(span, -100, oldest, NOW).to).toBe(oldest + 12 * HOUR);
  });

  it("steps finely, and faster with shift", () => {
    expect(stepOf(spanAround("1h", NOW, null), false)).toBe(18_000);
    expect(stepOf(spanAround("1h", NOW, null), true)).toBe(180_000);
    expect(stepOf({ from: 0, to: 10_000 }, false)).toBe(1_000);
  });

  it("labels round local times, and not too many", () => {
    const hour = ticks(spanAround("1h", NOW, null), 8, 0);
    expect(hour.every((tick) => tick % (10 * 60_000) === 0)).toBe(true);
    fc.assert(
      fc.property(zoom, fc.integer({ min: 2, max: 12 }), (chosen, most) => {
        expect(ticks(spanAround(chosen, NOW, null), most, -480).length).toBeLessThanOrEqual(most + 1);
      }),
    );
    const local = ticks(spanAround("7d", NOW, null), 8, -480);
    expect(local.every((tick) => (tick + 8 * HOUR) % (24 * HOUR) === 0)).toBe(true);
  });
});
