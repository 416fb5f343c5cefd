/** What the form of a rule holds, and the calls that come of it. Pure. */
import type { InputOf } from "../../api/operations.ts";
import type { Level, Rule, Setting } from "./alerts.ts";

export interface Draft {
  readonly name: string;
  readonly title: string;
  readonly kind: string;
  readonly formula: string;
  readonly way: "above" | "below";
  readonly bound: string;
  readonly hold: string;
  /** Seconds of one of what `hold` counts. */
  readonly holdUnit: number;
  readonly level: Level;
  readonly scope: string;
}

export const HOLD_UNITS = [3600, 60, 1] as const;

export const NEW: Draft = {
  name: "",
  title: "",
  kind: "cluster",
  formula: "connections / connections_most",
  way: "above",
  bound: "0.5",
  hold: "5",
  holdUnit: 60,
  level: "warning",
  scope: "*",
};

export function draftOf(rule: Rule): Draft {
  const holdUnit = HOLD_UNITS.find((unit) => rule.hold_s % unit === 0 && rule.hold_s > 0) ?? 1;
  return {
    name: rule.name,
    title: rule.title,
    kind: rule.kind,
    formula: rule.formula,
    way: rule.above === null ? "below" : "above",
    bound: String(rule.above ?? rule.below ?? 0),
    hold: String(rule.hold_s / holdUnit),
    holdUnit,
    level: rule.level,
    scope: rule.scope,
  };
}

/** Null while something is missing. */
export function settingFrom(draft: Draft): Setting | null {
  const bound = numberIn(draft.bound);
  const hold = numberIn(draft.hold);
  const [name, title, formula] = [draft.name.trim(), draft.title.trim(), draft.formula.trim()];
  if (!isRuleName(name) || title === "" || formula === "" || bound === null || hold === null || hold < 0) return null;
  return {
    rule: name,
    kind: draft.kind,
    formula,
    [draft.way]: bound,
    hold: hold * draft.holdUnit,
    level: draft.level,
    scope: draft.scope.trim() || "*",
    title,
  };
}

/** What is asked to see for what it would hold; null while there is nothing to ask. */
export function trialFrom(draft: Draft): InputOf<"alert.rule.try"> | null {
  const bound = numberIn(draft.bound);
  const formula = draft.formula.trim();
  if (formula === "" || bound === null) return null;
  return { kind: draft.kind, formula, [draft.way]: bound, scope: draft.scope.trim() || "*" };
}

/** A name for what people are told, as long as nobody has chosen another. */
export function nameFrom(title: string): string {
  return title
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[-0-9]+|-+$/g, "")
    .slice(0, 40);
}

export function isRuleName(name: string): boolean {
  return /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/.test(name);
}

/** A measure put in where the cursor stands; a counter by how fast it grows. */
export function putIn(formula: string, measure: string, counter: boolean, from: number, to: number): string {
  return formula.slice(0, from) + (counter ? `rate(${measure})` : measure) + formula.slice(to);
}

function numberIn(text: string): number | null {
  const number = Number(text.trim());
  return text.trim() !== "" && Number.isFinite(number) ? number : null;
}
