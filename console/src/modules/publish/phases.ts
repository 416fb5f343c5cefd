/** The phases of a publish, in their order, with how long each took: for the bar and the list that show them. Pure. */

export const PHASES = ["queued", "building", "database", "releasing", "starting", "switching"] as const;

export type PhaseName = (typeof PHASES)[number];
export type PhaseState = "done" | "running" | "waiting" | "failed";

export interface PhaseShown {
  readonly name: PhaseName;
  readonly state: PhaseState;
  readonly seconds: number | null;
}

/** How far a release is. `seconds` holds what each phase that is over took. */
export interface Progressed {
  /** A phase, or live, failed, cancelled. */
  readonly phase: string;
  readonly failedIn: string | null;
  readonly seconds: Readonly<Record<string, number>>;
  /** How long the present phase has been going on. */
  readonly since: number;
}

const SMALLEST_SHARE = 0.02;
const NOTHING_TO_DO_S = 0.01; // no release command, no database: a phase that passes at once

export function isPhase(word: string): word is PhaseName {
  return (PHASES as readonly string[]).includes(word);
}

/** Whether a release is still on its way. */
export function isUnderWay(phase: string): boolean {
  return isPhase(phase);
}

/** Those phases that a release went through, is in, or has before it; those with nothing to do are left out. */
export function phasesOf(progressed: Progressed): readonly PhaseShown[] {
  const { phase, failedIn, seconds, since } = progressed;
  const at = isPhase(phase) ? PHASES.indexOf(phase) : PHASES.length;
  return PHASES.flatMap((name, index): PhaseShown[] => {
    const took = seconds[name] ?? null;
    if (name === failedIn) return [{ name, state: "failed", seconds: took }];
    if (index === at) return [{ name, state: "running", seconds: (took ?? 0) + since }];
    if (took !== null) return took < NOTHING_TO_DO_S ? [] : [{ name, state: "done", seconds: took }];
    if (index > at) return [{ name, state: "waiting", seconds: null }];
    return [];
  });
}

/** What part of the bar each phase fills: as much as of the time, and never too little to be seen. They add up to 1. */
export function sharesOf(phases: readonly PhaseShown[]): ReadonlyMap<PhaseName, number> {
  const timed = phases.filter((phase) => phase.seconds !== null);
  const total = timed.reduce((sum, phase) => sum + (phase.seconds ?? 0), 0);
  const raw = timed.map((phase) => Math.max(SMALLEST_SHARE, total === 0 ? 0 : (phase.seconds ?? 0) / total));
  const whole = raw.reduce((sum, share) => sum + share, 0);
  return new Map(timed.map((phase, index) => [phase.name, (raw[index] ?? 0) / whole]));
}

export function totalOf(phases: readonly PhaseShown[]): number {
  return phases.reduce((sum, phase) => sum + (phase.seconds ?? 0), 0);
}

/** A running publish as this page hears of it: which phase began when. */
export interface Heard {
  readonly phase: PhaseName;
  readonly atMs: number;
}

export function heardOf(heard: readonly Heard[], word: string, atMs: number): readonly Heard[] {
  if (!isPhase(word) || heard.at(-1)?.phase === word) return heard;
  return [...heard, { phase: word, atMs }];
}

/** How far what was heard has come. `endedAtMs` when it is over, `failed` when it is over badly. */
export function progressedBy(heard: readonly Heard[], nowMs: number, end: "live" | "failed" | null): Progressed {
  const seconds: Record<string, number> = {};
  heard.forEach((one, index) => {
    const next = heard[index + 1];
    const until = next?.atMs ?? (end === null ? null : nowMs);
    if (until !== null) seconds[one.phase] = (seconds[one.phase] ?? 0) + (until - one.atMs) / 1000;
  });
  const last = heard.at(-1);
  if (end !== null) return { phase: end, failedIn: end === "failed" ? (last?.phase ?? null) : null, seconds, since: 0 };
  return { phase: last?.phase ?? "queued", failedIn: null, seconds, since: last ? (nowMs - last.atMs) / 1000 : 0 };
}
