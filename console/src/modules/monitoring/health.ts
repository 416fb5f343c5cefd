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

/** The worst first. */
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
  const groups = grouped(subjects, ({ kind }) => kind);
  const place = (kind: string) => (first.includes(kind) ? first.indexOf(kind) : first.length);
  return [...groups].sort(([a], [b]) => place(a) - place(b));
}

/** What of a branch's other kinds is shown beside its database. */
const BESIDE: ReadonlyMap<string, readonly string[]> = new Map([
  ["upkeep", ["size"]],
  ["history", ["reaches-back"]],
]);

/** Each branch once: its database, with what its upkeep and its time machine say, and the worst of their lights. */
export function branchesTogether(subjects: readonly SubjectHealth[]): SubjectHealth[] {
  const beside = grouped(
    subjects.filter(({ kind }) => BESIDE.has(kind)),
    ({ label }) => label,
  );
  return subjects
    .filter(({ kind }) => !BESIDE.has(kind))
    .map((one) => {
      const others = one.kind === "cluster" ? (beside.get(one.label) ?? []) : [];
      const figures = [...BESIDE].flatMap(([kind, names]) =>
        names.map((name) => {
          const found = others.find((each) => each.kind === kind)?.figures.find((figure) => figure.name === name);
          return found ?? { name, value: null, unit: "" as const };
        }),
      );
      if (one.kind !== "cluster") return one;
      return { ...one, light: worstOf([one, ...others]), figures: [...one.figures, ...figures] };
    });
}

function worstOf(subjects: readonly SubjectHealth[]): Light {
  return LIGHTS.find((light) => subjects.some((one) => one.light === light)) ?? "unknown";
}

function grouped(
  subjects: readonly SubjectHealth[],
  by: (subject: SubjectHealth) => string,
): Map<string, SubjectHealth[]> {
  const groups = new Map<string, SubjectHealth[]>();
  for (const one of subjects) groups.set(by(one), [...(groups.get(by(one)) ?? []), one]);
  return groups;
}
