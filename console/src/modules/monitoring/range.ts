/** The time that charts show: an age until now, as “6h”, which goes on; or from one moment to another. Pure. */

/** As it stands in the address, and as operations take it. */
export interface Range {
  readonly since: string;
  readonly until?: string | undefined;
}

/** In milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export const AGES = ["1h", "6h", "24h", "7d", "30d", "90d"] as const;
export const FIRST: Range = { since: "1h" };
export const WEEK_MS = 7 * 86_400_000;

const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SHORTEST_MS = 60_000;
const LONGEST_MS = 90 * 86_400_000;

/** What an address says, or the last hour where that makes no sense. */
export function rangeOf({ since, until }: { since?: unknown; until?: unknown }): Range {
  if (typeof since !== "string") return FIRST;
  if (ageOf(since) !== null) return { since };
  const from = Date.parse(since);
  const to = typeof until === "string" ? Date.parse(until) : Date.now();
  return from < to ? { since, ...(typeof until === "string" ? { until } : {}) } : FIRST;
}

/** An age in milliseconds; null for what is none. */
export function ageOf(text: string): number | null {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  return count && unit ? Number(count) * (UNITS_MS[unit] ?? 0) || null : null;
}

/** Whether it goes on as time passes. */
export function isLive({ until }: Range): boolean {
  return until === undefined;
}

export function spanOf({ since, until }: Range, now: number): Span {
  const age = ageOf(since);
  const to = until === undefined ? now : Date.parse(until);
  return { from: age === null ? Date.parse(since) : to - age, to };
}

/** From one moment to another, in whole seconds, at least a minute long and not past now. */
export function between(from: number, to: number, now: number): Range {
  const [first, last] = from < to ? [from, to] : [to, from];
  const length = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, last - first));
  const end = Math.min(now, (first + last) / 2 + length / 2);
  return { since: iso(end - length), until: iso(end) };
}

/** Twice as long around the same middle. */
export function wider(range: Range, now: number): Range {
  const { from, to } = spanOf(range, now);
  const half = (to - from) / 2;
  return between(from - half, to + half, now);
}

/** Half as long around the same middle. */
export function closer(range: Range, now: number): Range {
  const { from, to } = spanOf(range, now);
  const quarter = (to - from) / 4;
  return between(from + quarter, to - quarter, now);
}

/** As long, by half its length earlier (-1) or later (1). */
export function moved(range: Range, direction: -1 | 1, now: number): Range {
  const { from, to } = spanOf(range, now);
  const by = Math.min((direction * (to - from)) / 2, now - to);
  return between(from + by, to + by, now);
}

/** The same a week before. */
export function weekBefore(range: Range): Range & { until: string } {
  const age = ageOf(range.since);
  if (age !== null) return { since: `${(age + WEEK_MS) / 1000}s`, until: `${WEEK_MS / 1000}s` };
  const until = range.until === undefined ? `${WEEK_MS / 1000}s` : iso(Date.parse(range.until) - WEEK_MS);
  return { since: iso(Date.parse(range.since) - WEEK_MS), until };
}

function iso(time: number): string {
  return new Date(Math.round(time / 1000) * 1000).toISOString().replace(".000Z", "Z");
}
