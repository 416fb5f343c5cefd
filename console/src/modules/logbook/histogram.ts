/** Counts of lines as bars, and the time between two of them. Pure. */
import type { Counts } from "./asked.ts";

export type Bucket = Counts["buckets"][number];

export interface Bar {
  readonly fine: number;
  readonly warning: number;
  readonly error: number;
}

export function countOf(bucket: Bucket): number {
  const { unknown, debug, info, warning, error, fatal } = bucket;
  return unknown + debug + info + warning + error + fatal;
}

/** Of each the parts of the highest, from 0 to 1. */
export function heightsOf(buckets: readonly Bucket[]): readonly Bar[] {
  const most = Math.max(1, ...buckets.map(countOf));
  return buckets.map((one) => ({
    fine: (one.unknown + one.debug + one.info) / most,
    warning: one.warning / most,
    error: (one.error + one.fatal) / most,
  }));
}

/** From the beginning of the first to the end of the last, and not past the end of all. */
export function timesOf(counts: Counts, a: number, b: number): { since: string; until: string } {
  const [first, last] = [counts.buckets[Math.min(a, b)], counts.buckets[Math.max(a, b)]];
  const since = Date.parse(first?.time ?? counts.since);
  const end = last ? Date.parse(last.time) + counts.step_ms : Date.parse(counts.until);
  return { since: iso(since), until: iso(Math.min(end, Date.parse(counts.until))) };
}

function iso(time: number): string {
  return new Date(time).toISOString().replace(".000Z", "Z");
}
