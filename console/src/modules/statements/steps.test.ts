import { expect, test } from "vitest";
import { trendOf } from "./statements.ts";
import { rowsOf, type Step, textOf } from "./steps.ts";

function step(some: Partial<Step>): Step {
  return {
    kind: "Seq Scan",
    relation: null,
    alias: null,
    index: null,
    conditions: {},
    cost: 10,
    rows_expected: 1,
    width_bytes: 4,
    loops: null,
    rows: null,
    seconds: null,
    rows_removed: null,
    blocks_hit: null,
    blocks_read: null,
    temporary_blocks: null,
    steps: [],
    ...some,
  };
}

const PLAN = {
  step: step({
    kind: "Sort",
    cost: 100,
    conditions: { "Sort Key": "name" },
    steps: [
      step({ relation: "place", alias: "p", cost: 80, conditions: { Filter: "(id > $1)" } }),
      step({ kind: "Index Scan", relation: "public.city", alias: "city", index: "city_pkey", cost: 5 }),
    ],
  }),
};

test("each step has its own part of the whole", () => {
  expect(rowsOf(PLAN).map(({ depth, what, on, share }) => [depth, what, on, share])).toEqual([
    [0, "Sort", null, 0.15],
    [1, "Seq Scan", "place", 0.8],
    [1, "Index Scan", "public.city", 0.05],
  ]);
});

test("measured steps are told by their time, loops included", () => {
  const measured = step({
    seconds: 1,
    loops: 1,
    rows: 2,
    cost: 9,
    steps: [step({ seconds: 0.2, loops: 3, rows: 4, cost: 8 })],
  });
  expect(rowsOf({ step: measured }).map(({ rowsReal, ownMs }) => [rowsReal, Math.round(ownMs ?? 0)])).toEqual([
    [2, 400],
    [12, 600],
  ]);
});

test("as text it is what EXPLAIN writes", () => {
  expect(textOf(PLAN)).toBe(
    [
      "Sort  (cost=100.00 rows=1 width=4)",
      "  Sort Key: name",
      "  ->  Seq Scan on place p  (cost=80.00 rows=1 width=4)",
      "        Filter: (id > $1)",
      "  ->  Index Scan using city_pkey on public.city  (cost=5.00 rows=1 width=4)",
    ].join("\n"),
  );
});

test("a statement's trend is told once it is plain", () => {
  expect(trendOf({ mean_s: 0.01 }, undefined)).toBeNull();
  expect(trendOf({ mean_s: 0.01 }, { mean_s: 0.03, calls: 4 })).toBe("slower");
  expect(trendOf({ mean_s: 0.01 }, { mean_s: 0.004, calls: 4 })).toBe("faster");
  expect(trendOf({ mean_s: 0.01 }, { mean_s: 0.011, calls: 4 })).toBe("same");
});
