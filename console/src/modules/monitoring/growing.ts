/** What comes added to what charts have, as the daemon would draw it: one point for each step, gaps as gaps. Pure. */
import type { OutputOf } from "../../api/operations.ts";
import { ageOf } from "./range.ts";

type Series = OutputOf<"monitoring.chart">[number];
type Mark = OutputOf<"monitoring.marks">[number];
type News = NonNullable<OutputOf<"monitoring.watch">["last"]>;
type Measured = News["measured"][number];

const LOOK_MS = 10_000; // as often as is looked while somebody watches
const GAP_MS = 150_000;
const QUARTER_MS = 900_000;

/** What a chart was asked for. */
export interface Asked {
  readonly since: string;
  readonly points: number;
}

/** The series with what came after its last point; what has become too old for it is left out. */
export function grown(series: Series, came: readonly Measured[], asked: Asked, now: number): Series {
  const own = came.find(({ kind, label }) => kind === series.kind && label === series.label);
  const numbers = own?.numbers[series.measure];
  if (!own || !numbers) return series;
  const age = ageOf(asked.since);
  const span = age ?? now - Date.parse(asked.since);
  const step = stepOf(span, asked.points);
  const longest = Math.max(step >= QUARTER_MS ? 2 * QUARTER_MS : GAP_MS, 2 * step);
  const [times, mean, least, greatest] = [[...series.times], [...series.mean], [...series.least], [...series.greatest]];
  const close = (time: number, number: number | null) => {
    times.push(time);
    for (const column of [mean, least, greatest]) column.push(number);
  };
  const reached = times.at(-1) ?? Number.NEGATIVE_INFINITY;
  own.times.forEach((time, at) => {
    const number = numbers[at] ?? null;
    if (number === null || time <= reached) return;
    const last = times.length - 1;
    const begun = times[last];
    const before = mean[last];
    if (begun !== undefined && typeof before === "number" && Math.floor(time / step) === Math.floor(begun / step)) {
      mean[last] = before + ((number - before) * LOOK_MS) / (time - begun + LOOK_MS);
      least[last] = Math.min(least[last] ?? number, number);
      greatest[last] = Math.max(greatest[last] ?? number, number);
      return;
    }
    if (begun !== undefined && typeof before === "number" && time - begun > longest) close(begun + step, null);
    close(time, number);
  });
  const old = age === null ? 0 : times.findIndex((time) => time >= now - age);
  const first = old < 0 ? times.length : old;
  return {
    ...series,
    times: times.slice(first),
    mean: mean.slice(first),
    least: least.slice(first),
    greatest: greatest.slice(first),
  };
}

/** With the marks that are not among them yet. */
export function marked(known: readonly Mark[], came: readonly Mark[]): Mark[] {
  const seen = new Set(known.map(keyOf));
  return [...known, ...came.filter((mark) => !seen.has(keyOf(mark)))];
}

function keyOf({ kind, news, label, time, rule, number }: Mark): string {
  return [kind, news, label, time, rule, number].join(" ");
}

function stepOf(span: number, points: number): number {
  const step = Math.max(1, Math.floor(span / points));
  return step >= (QUARTER_MS * 2) / 3 ? Math.max(step, QUARTER_MS) : step;
}
