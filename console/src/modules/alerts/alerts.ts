/** What stands, was told, and is looked for, as the alert centre shows it. Pure. */
import type { InputOf, OutputOf } from "../../api/operations.ts";
import type { Tone } from "../../components/Status.tsx";
import type { Text } from "../../i18n/en.ts";

export type Alert = OutputOf<"alert.list">[number];
export type Told = OutputOf<"alert.history">[number];
export type Rule = OutputOf<"alert.rule.list">[number];
export type Silence = OutputOf<"alert.silence.list">[number];
export type Channel = OutputOf<"alert.channel.list">[number];
export type Level = Alert["level"];
export type Unit = Alert["unit"];
export type Setting = InputOf<"alert.rule.set">;

/** The worst first. */
export const LEVELS: readonly Level[] = ["critical", "warning", "info"];

export const TONES: Readonly<Record<Level, Tone>> = { critical: "bad", warning: "wait", info: "accent" };

export interface Group {
  readonly name: Level | "pending";
  readonly alerts: readonly Alert[];
}

/** What fires by its level, the worst first, then what will if it goes on. */
export function grouped(alerts: readonly Alert[]): readonly Group[] {
  const firing = LEVELS.map((level) => ({
    name: level,
    alerts: alerts.filter((one) => one.stage === "firing" && one.level === level),
  }));
  const pending = { name: "pending" as const, alerts: alerts.filter((one) => one.stage === "pending") };
  return [...firing, pending].filter((group) => group.alerts.length > 0);
}

/** The call that makes a rule as it is now: what undoes a change of it. */
export function settingOf(rule: Rule): Setting {
  const { name, kind, formula, above, below, hold_s: hold, level, scope, title, enabled } = rule;
  return {
    rule: name,
    kind,
    formula,
    ...(above === null ? { below } : { above }),
    hold,
    level,
    scope,
    title,
    enabled,
  };
}

/** The call that silences anew for as long as was left. */
export function silencingOf(silence: Silence, now: number): InputOf<"alert.silence.add"> {
  const { rule, label, reason, until } = silence;
  return { rule, label, reason, minutes: Math.max(1, (new Date(until).getTime() - now) / 60_000) };
}

/** What people are told; ours in the reader's language. */
export function titleOf({ rule, title }: { readonly rule: string; readonly title: string }, text: Text): string {
  return text.monitoring.rules[rule] ?? title;
}

/** `person:ann` is ann. */
export function personOf(who: string): string {
  return who.replace(/^\w+:/, "");
}
