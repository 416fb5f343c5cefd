import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { alone, bandOf, later, type Points, rowsOf, together } from "./rows.ts";

const points: fc.Arbitrary<Points> = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 20 }).chain((times) =>
  fc
    .array(fc.option(fc.integer({ min: 0, max: 9 })), { minLength: times.length, maxLength: times.length })
    .map((mean) => ({
      times: times.toSorted((a, b) => a - b),
      mean,
      least: mean.map((one) => (one === null ? null : one - 1)),
      greatest: mean.map((one) => (one === null ? null : one + 1)),
    })),
);

describe("the rows of a chart", () => {
  test("every number stands at its time, whatever other lines there are", () => {
    fc.assert(
      fc.property(points, points, (a, b) => {
        const rows = rowsOf([
          { key: "a", points: a },
          { key: "b", points: b },
        ]);
        const byTime = new Map(rows.map((row) => [row.t, row]));
        a.times.forEach((time, at) => {
          expect(byTime.get(time)?.a).toBe(a.mean[at]);
        });
        expect(rows.map(({ t }) => t)).toEqual([...new Set([...a.times, ...b.times])].sort((x, y) => x - y));
      }),
    );
  });

  test("between two numbers a line goes on, and beside a gap it does not", () => {
    const a = { times: [0, 10, 20], mean: [0, 10, null], least: [0, 8, null], greatest: [0, 12, null] };
    const b = { times: [5, 15], mean: [1, 1], least: [1, 1], greatest: [1, 1] };
    const rows = rowsOf([
      { key: "a", points: a },
      { key: "b", points: b },
    ]);
    expect(rows.map((row) => row.a)).toEqual([0, 5, 10, null, null]);
    expect(rows[2]?.[bandOf("a")]).toEqual([8, 12]);
    expect(rows[0]?.[bandOf("a")]).toBeUndefined(); // nothing to draw where least and greatest are the same
  });

  test("a chart of few numbers has its crosshair where a chart of many has it", () => {
    fc.assert(
      fc.property(points, fc.integer({ min: 0, max: 60 }), (few, sought) => {
        const rows = rowsOf([{ key: "a", points: few }], { from: 0, to: 60 });
        const away = rows.map(({ t }) => Math.abs(t - sought)).reduce((a, b) => Math.min(a, b));
        expect(away).toBeLessThanOrEqual(60 / 240);
        expect(rows.map(({ t }) => t)).toEqual(expect.arrayContaining([...few.times]));
      }),
    );
  });

  test("a share is known only where all it is made of is, and is no number by nothing", () => {
    const of = (mean: (number | null)[]) => ({ times: [0, 1, 2], mean, least: mean, greatest: mean });
    expect(together([of([1, null, 3]), of([2, 2, 0])], (a, b) => a / b).mean).toEqual([0.5, null, null]);
  });

  test("a number between gaps is told, for a line cannot show it", () => {
    const mean = [1, null, 2, null, 3, 4];
    const rows = rowsOf([
      { key: "a", points: later({ times: [0, 1, 2, 3, 4, 5], mean, least: mean, greatest: mean }, 10) },
    ]);
    expect([...alone(rows, "a")]).toEqual([10, 12]);
  });
});
