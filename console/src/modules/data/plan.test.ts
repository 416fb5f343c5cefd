import { describe, expect, it } from "vitest";
import { explaining, planOf } from "./plan.ts";

const seq = { "Node Type": "Seq Scan", "Relation Name": "orders", "Plan Rows": 90, "Total Cost": 80, Filter: "(paid)" };
const join = { "Node Type": "Hash Join", "Join Type": "Left", "Plan Rows": 10, "Total Cost": 100, Plans: [seq] };

describe("plans", () => {
  it("are steps with their own part of the cost", () => {
    const [outer, inner] = planOf([{ Plan: join }]);
    expect(outer).toMatchObject({ depth: 0, what: "Hash Join (Left)", share: 0.2, ownMs: null, rowsReal: null });
    expect(inner).toMatchObject({ depth: 1, on: "orders", share: 0.8, detail: ["Filter: (paid)"] });
  });

  it("count loops in time and rows", () => {
    const inner = { ...seq, "Actual Rows": 2, "Actual Total Time": 3, "Actual Loops": 3 };
    const outer = { ...join, "Actual Rows": 6, "Actual Total Time": 10, "Actual Loops": 1, Plans: [inner] };
    expect(planOf(JSON.stringify([{ Plan: outer }])).map((row) => [row.ownMs, row.rowsReal])).toEqual([
      [1, 6],
      [9, 6],
    ]);
  });

  it("are nothing for other answers", () => {
    expect(planOf([])).toEqual([]);
    expect(planOf({ rows: 1 })).toEqual([]);
  });

  it("may run a statement only where it cannot write", () => {
    expect(explaining("select 1", true)).toMatch(/^SET TRANSACTION READ ONLY; EXPLAIN \(ANALYZE/);
    expect(explaining("delete from x", false)).toBe("EXPLAIN (FORMAT JSON) delete from x");
  });
});
