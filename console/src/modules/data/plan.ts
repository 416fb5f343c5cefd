/** What Postgres plans to do, or did, for a statement: the JSON of EXPLAIN as rows of a tree. */

export interface PlanRow {
  readonly depth: number;
  readonly what: string;
  /** The table, index or function it works on. */
  readonly on: string | null;
  /** Conditions and the like, in Postgres's words. */
  readonly detail: readonly string[];
  readonly rowsExpected: number;
  readonly rowsReal: number | null;
  readonly cost: number;
  /** Time spent in this step itself, loops included; null when the statement was not run. */
  readonly ownMs: number | null;
  /** The part of the whole (time, else cost) that this step itself takes, from 0 to 1. */
  readonly share: number;
}

interface Node {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly "Function Name"?: string;
  readonly "CTE Name"?: string;
  readonly "Join Type"?: string;
  readonly "Plan Rows": number;
  readonly "Total Cost": number;
  readonly "Actual Rows"?: number;
  readonly "Actual Total Time"?: number;
  readonly "Actual Loops"?: number;
  readonly Plans?: readonly Node[];
  readonly [more: string]: unknown;
}

const DETAILS = [
  "Filter",
  "Index Cond",
  "Recheck Cond",
  "Hash Cond",
  "Merge Cond",
  "Join Filter",
  "Sort Key",
  "Group Key",
];

/** The steps, outermost first. `answer` is what EXPLAIN (FORMAT JSON) returned; empty when it is something else. */
export function planOf(answer: unknown): PlanRow[] {
  const parsed: unknown = typeof answer === "string" ? JSON.parse(answer) : answer;
  const root = (Array.isArray(parsed) ? (parsed[0] as { Plan?: Node } | undefined) : undefined)?.Plan;
  if (!root) return [];
  const timed = root["Actual Total Time"] !== undefined;
  const whole = (timed ? timeOf(root) : root["Total Cost"]) || 1;
  const rows: PlanRow[] = [];
  const descend = (node: Node, depth: number): void => {
    const below = node.Plans ?? [];
    const own = (of: (node: Node) => number) => Math.max(0, of(node) - below.reduce((sum, each) => sum + of(each), 0));
    const ownCost = own((each) => each["Total Cost"]);
    const ownMs = timed ? own(timeOf) : null;
    rows.push({
      depth,
      what:
        node["Join Type"] && node["Join Type"] !== "Inner"
          ? `${node["Node Type"]} (${node["Join Type"]})`
          : node["Node Type"],
      on: node["Relation Name"] ?? node["Index Name"] ?? node["Function Name"] ?? node["CTE Name"] ?? null,
      detail: DETAILS.filter((name) => name in node).map((name) => `${name}: ${told(node[name])}`),
      rowsExpected: node["Plan Rows"],
      rowsReal: node["Actual Rows"] === undefined ? null : node["Actual Rows"] * (node["Actual Loops"] ?? 1),
      cost: node["Total Cost"],
      ownMs,
      share: Math.min(1, (ownMs ?? ownCost) / whole),
    });
    for (const each of below) descend(each, depth + 1);
  };
  descend(root, 0);
  return rows;
}

/** The statement that explains another. With `run` Postgres really runs it, but refuses any write of it. */
export function explaining(statement: string, run: boolean): string {
  if (!run) return `EXPLAIN (FORMAT JSON) ${statement}`;
  return `SET TRANSACTION READ ONLY; EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${statement}`;
}

function timeOf(node: Node): number {
  return (node["Actual Total Time"] ?? 0) * (node["Actual Loops"] ?? 1);
}

function told(value: unknown): string {
  return Array.isArray(value) ? value.join(", ") : String(value);
}
