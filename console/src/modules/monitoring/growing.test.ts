import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { grown, marked } from "./growing.ts";

type Series = Parameters<typeof grown>[0];
type Measured = Parameters<typeof grown>[1][number];

const NOW = Date.parse("2026-11-28T12:00:00Z");
const HOUR = { since: "1h", points: 320 };

function series(times: number[], mean: (number | null)[]): Series {
  return {
    kind: "host",
    label: "",
    measure: "load1",
    unit: "",
    rate: false,
    help: "",
    times,
    mean,
    least: mean,
    greatest: mean,
  };
}

function came(times: number[], load1: (number | null)[]): Measured {
  return { kind: "host", label: "", times, numbers: { load1 } };
}

describe("what comes is added to a chart", () => {
  test("after what it has, each look once, and what is too old is left out", () => {
    const [old, last] = [NOW - 3_600_001, NOW - 10_000];
    const after = grown(series([old, last], [1, 2]), [came([last, NOW, NOW + 5], [2, 3, null])], HOUR, NOW);
    expect([after.times, after.mean]).toEqual([
      [last, NOW],
      [2, 3],
    ]);
    expect(grown(series([last], [2]), [{ ...came([NOW], [3]), label: "other" }], HOUR, NOW).times).toEqual([last]);
  });

  test("a gap stays a gap", () => {
    const after = grown(series([NOW - 600_000], [1]), [came([NOW], [2])], HOUR, NOW);
    expect(after.mean).toEqual([1, null, 2]);
  });

  test("of a step there is one point, whose least and greatest are those of all looks in it", () => {
    const week = { since: "7d", points: 320 };
    const start = Math.ceil(NOW / 1_890_000) * 1_890_000;
    const times = Array.from({ length: 6 }, (_, at) => start + at * 10_000);
    const after = grown(series([start - 1_000_000], [5]), [came(times, [3, 9, 6, 6, 6, 6])], week, start + 60_000);
    expect(after.times).toEqual([start - 1_000_000, start]);
    expect([after.least[1], after.mean[1], after.greatest[1]]).toEqual([3, 6, 9]);
  });

  test("it makes no difference whether looks come one by one or all at once", () => {
    const steps = fc.array(fc.record({ after: fc.integer({ min: 1, max: 400_000 }), load: fc.integer({ max: 9 }) }), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(steps, fc.constantFrom("1h", "24h", "7d"), (looks, since) => {
        let time = NOW;
        const all = looks.map(({ after, load }) => {
          time += after;
          return [time, load] as const;
        });
        const asked = { since, points: 320 };
        const times = all.map(([at]) => at);
        const one = all.reduce((so, [at, load]) => grown(so, [came([at], [load])], asked, time), series([NOW], [1]));
        expect(one).toEqual(
          grown(
            series([NOW], [1]),
            [
              came(
                times,
                all.map(([, load]) => load),
              ),
            ],
            asked,
            time,
          ),
        );
      }),
    );
  });
});

test("a mark that is known is not marked again", () => {
  const mark = { time: "t", kind: "alert", news: "fired", subject: "host", label: "", title: "", rule: "r" } as const;
  const known = { ...mark, number: null, who: null };
  expect(marked([known], [known, { ...known, news: "resolved" }]).map(({ news }) => news)).toEqual([
    "fired",
    "resolved",
  ]);
});
