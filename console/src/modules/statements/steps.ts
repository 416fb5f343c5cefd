/** A plan as rows of a tree, and as the text that people know from EXPLAIN. Pure. */
import type { OutputOf } from "../../api/operations.ts";
import type { PlanRow } from "../data/plan.ts";

export type Plan = OutputOf<"statement.explain">;
export type Step = Plan["step"];

/** The steps, outermost first, each with the part of the whole that it takes itself. */
export function rowsOf({ step }: Pick<Plan, "step">): PlanRow[] {
  const timed = step.seconds !== null;
  const whole = (timed ? secondsOf(step) : step.cost) || 1;
  const descend = (one: Step, depth: number): PlanRow[] => {
    const own = (of: (step: Step) => number) =>
      Math.max(0, of(one) - one.steps.reduce((sum, below) => sum + of(below), 0));
    const ownS = timed ? own(secondsOf) : null;
    const row: PlanRow = {
      depth,
      what: one.kind,
      on: one.relation ?? one.index,
      detail: Object.entries(one.conditions).map(([name, condition]) => `${name}: ${condition}`),
      rowsExpected: one.rows_expected,
      rowsReal: one.rows === null ? null : one.rows * (one.loops ?? 1),
      cost: one.cost,
      ownMs: ownS === null ? null : ownS * 1000,
      share: Math.min(1, (ownS ?? own(({ cost }) => cost)) / whole),
    };
    return [row, ...one.steps.flatMap((below) => descend(below, depth + 1))];
  };
  return descend(step, 0);
}

/** The same as lines of text. */
export function textOf({ step }: Pick<Plan, "step">): string {
  return linesOf(step, 0).join("\n");
}

function linesOf(step: Step, depth: number): string[] {
  const edge = "      ".repeat(Math.max(0, depth - 1)) + (depth > 0 ? "  ->  " : "");
  const inner = "      ".repeat(depth) + (depth > 0 ? "  " : "  ");
  const by = step.index ? ` using ${step.index}` : "";
  const alias = step.alias && step.alias !== step.relation?.split(".").at(-1) ? ` ${step.alias}` : "";
  const on = step.relation ? ` on ${step.relation}${alias}` : "";
  const real =
    step.seconds === null || step.rows === null
      ? ""
      : ` (actual time=${(step.seconds * 1000).toFixed(3)} rows=${step.rows} loops=${step.loops ?? 1})`;
  return [
    `${edge}${step.kind}${by}${on}  (cost=${step.cost.toFixed(2)} rows=${step.rows_expected} width=${step.width_bytes})${real}`,
    ...Object.entries(step.conditions).map(([name, condition]) => `${inner}${name}: ${condition}`),
    ...step.steps.flatMap((below) => linesOf(below, depth + 1)),
  ];
}

function secondsOf(step: Step): number {
  return (step.seconds ?? 0) * (step.loops ?? 1);
}
