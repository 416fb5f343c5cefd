/** What was used, day by day, and summed over the days. Pure. */
import type { OutputOf } from "../../api/operations.ts";

/** By what it can be summed, and over how many days. */
export const GROUPS = ["model", "person", "site"] as const;
export const PERIODS = [7, 30, 90] as const;

export type Group = (typeof GROUPS)[number];
export type Period = (typeof PERIODS)[number];
type Row = OutputOf<"llm.usage">[number];
export type Used = Pick<Row, "calls" | "cached" | "failed" | "input_tokens" | "output_tokens" | "cost_usd"> & {
  readonly name: string;
};

/** The name that a row is about. */
export function nameIn(row: Partial<Pick<Row, Group>>, by: Group): string {
  return row[by] ?? "";
}

/** One row for each name, the dearest first, then the busiest. */
export function summed(rows: readonly Row[], by: Group): Used[] {
  const sums = new Map<string, Used>();
  for (const row of rows) {
    const name = nameIn(row, by);
    const sum = sums.get(name);
    sums.set(name, added(name, row, sum));
  }
  return [...sums.values()].sort((a, b) => b.cost_usd - a.cost_usd || b.calls - a.calls);
}

function added(name: string, a: Omit<Used, "name">, b?: Used): Used {
  return {
    name,
    calls: a.calls + (b?.calls ?? 0),
    cached: a.cached + (b?.cached ?? 0),
    failed: a.failed + (b?.failed ?? 0),
    input_tokens: a.input_tokens + (b?.input_tokens ?? 0),
    output_tokens: a.output_tokens + (b?.output_tokens ?? 0),
    cost_usd: a.cost_usd + (b?.cost_usd ?? 0),
  };
}
