/** Series put together into the rows that a chart draws: one a moment, with a number for each line. Pure. */

import type { Span } from "./range.ts";

const MOMENTS = 240;

/** Of what lies between one time and the next; null is a gap. */
export interface Points {
  readonly times: readonly number[];
  readonly mean: readonly (number | null)[];
  readonly least: readonly (number | null)[];
  readonly greatest: readonly (number | null)[];
}

/** One moment: by a line's key its number, and by the same with “~” its least and greatest. */
export type Row = { readonly t: number } & Readonly<Record<string, number | null | readonly [number, number]>>;

export const bandOf = (key: string) => `${key}~`;

/** Lines that were measured at other moments have a point on their way from one to the next, so that a line breaks only
 * where nothing was measured. With a `span` there are moments all over it, also where nothing was measured. */
export function rowsOf(lines: readonly { readonly key: string; readonly points: Points }[], span?: Span): Row[] {
  const measured = [...new Set(lines.flatMap(({ points }) => points.times))].sort((a, b) => a - b);
  const times = span ? allOver(measured, span) : measured;
  const rows = times.map((t) => ({ t }) as Record<string, number | null | readonly [number, number]>);
  for (const { key, points } of lines) {
    const mean = along(points.times, points.mean, times);
    const least = along(points.times, points.least, times);
    const greatest = along(points.times, points.greatest, times);
    rows.forEach((row, at) => {
      const [middle, low, high] = [mean[at] ?? null, least[at] ?? null, greatest[at] ?? null];
      row[key] = middle;
      if (low !== null && high !== null && low !== high) row[bandOf(key)] = [low, high];
    });
  }
  return rows as Row[];
}

/** With moments where there are none nearby, so that no crosshair has to go elsewhere than those of other charts. */
function allOver(times: readonly number[], { from, to }: Span): readonly number[] {
  const apart = (to - from) / MOMENTS;
  let next = 0;
  const between = Array.from({ length: MOMENTS + 1 }, (_, number) => from + number * apart).filter((moment) => {
    while (next < times.length && (times[next] ?? 0) < moment - apart) next += 1;
    return (times[next] ?? Number.POSITIVE_INFINITY) > moment + apart;
  });
  return [...times, ...between].sort((a, b) => a - b);
}

/** The numbers of one line at each of `at`, which holds all of `times`. */
function along(times: readonly number[], numbers: readonly (number | null)[], at: readonly number[]) {
  let next = 0;
  return at.map((t) => {
    while (next < times.length && (times[next] ?? 0) < t) next += 1;
    if (times[next] === t) return numbers[next] ?? null;
    const [before, after] = [numbers[next - 1] ?? null, numbers[next] ?? null];
    if (before === null || after === null) return null;
    const [from, to] = [times[next - 1] ?? 0, times[next] ?? 0];
    return before + ((after - before) * (t - from)) / (to - from);
  });
}

/** What several series make together, moment by moment, such as a share; nothing is known of its least and greatest. */
export function together(series: readonly Points[], of: (...numbers: number[]) => number | null): Points {
  const times = series[0]?.times ?? [];
  const columns = series.map(({ times: own, mean }) => along(own, mean, times));
  const mean = times.map((_, at) => {
    const numbers = columns.map((column) => column[at] ?? null);
    const made = numbers.some((number) => number === null) ? null : of(...(numbers as number[]));
    return made !== null && Number.isFinite(made) ? made : null;
  });
  return { times, mean, least: mean, greatest: mean };
}

/** The same, so much later. */
export function later({ times, ...numbers }: Points, byMs: number): Points {
  return { times: times.map((time) => time + byMs), ...numbers };
}

/** The moments whose number stands alone between gaps: a line cannot show them, a dot can. */
export function alone(rows: readonly Row[], key: string): ReadonlySet<number> {
  const known = (at: number) => typeof rows[at]?.[key] === "number";
  return new Set(rows.flatMap(({ t }, at) => (known(at) && !known(at - 1) && !known(at + 1) ? [t] : [])));
}

/** The greatest of all numbers; nothing where there are none. */
export function greatestOf(rows: readonly Row[]): number {
  let most = 0;
  for (const { t: _, ...numbers } of rows)
    for (const value of Object.values(numbers))
      most = Math.max(most, typeof value === "object" ? (value?.[1] ?? 0) : value);
  return most;
}
