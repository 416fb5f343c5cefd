/** How things are, in the console's tones and a language's words. Pure. */
import type { OutputOf } from "../../api/operations.ts";
import type { Tone } from "../../components/Status.tsx";
import type { Text } from "../../i18n/en.ts";

export type Health = OutputOf<"monitoring.health">;
export type SubjectHealth = Health["subjects"][number];
export type Light = SubjectHealth["light"];
export type Figure = SubjectHealth["figures"][number];
export type Alert = SubjectHealth["alerts"][number];

export const TONES: Readonly<Record<Light, Tone>> = { good: "good", attention: "wait", unknown: "still", bad: "bad" };
export const LEVEL_TONES: Readonly<Record<Alert["level"], Tone>> = { info: "still", warning: "wait", critical: "bad" };

/** The worst last, so that the first things read are the ones to do. */
export const LIGHTS: readonly Light[] = ["bad", "unknown", "attention", "good"];

/** The whole in one sentence. */
export function sentenceOf(health: Health, text: Text): string {
  const count = health.subjects.filter(({ light }) => light === health.light).length;
  const said = text.monitoring.whole[health.light];
  return typeof said === "string" ? said : said(count);
}

/** The name of a subject: its label, or for the only one of its kind the kind's name. */
export function nameOf({ kind, label }: { kind: string; label: string }, text: Text): string {
  return label || (text.monitoring.kinds[kind]?.many ?? kind);
}

/** Each kind with its subjects, in the order of the kinds given first. */
export function byKind(subjects: readonly SubjectHealth[], first: readonly string[]): [string, SubjectHealth[]][] {
  const groups = Map.groupBy(subjects, ({ kind }) => kind);
  const place = (kind: string) => (first.includes(kind) ? first.indexOf(kind) : first.length);
  return [...groups].sort(([a], [b]) => place(a) - place(b));
}
