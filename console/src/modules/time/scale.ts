/** The strip of time: which span is seen, where a moment lies on it, and what moves it. All times are ms since 1970. */

export interface Span {
  readonly from: number;
  readonly to: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const ZOOMS = { "10m": 10 * MINUTE, "1h": HOUR, "24h": DAY, "7d": 7 * DAY } as const;
export type Zoom = keyof typeof ZOOMS;

/** The closest zoom in which all that is kept can be seen. */
export function zoomFor(oldest: number, now: number): Zoom {
  const zooms = Object.keys(ZOOMS) as Zoom[];
  return zooms.find((zoom) => ZOOMS[zoom] >= now - oldest) ?? "7d";
}

/** The span of a zoom that ends at `now` and, if there is a moment looked at, holds it. */
export function spanAround(zoom: Zoom, now: number, moment: number | null): Span {
  const length = ZOOMS[zoom];
  if (moment === null || moment >= now - length) return { from: now - length, to: now };
  const to = Math.min(now, moment + length / 2);
  return { from: to - length, to };
}

/** Where a moment lies, from 0 (left end) to 1 (right end); outside for moments not seen. */
export function placeOf(moment: number, span: Span): number {
  return (moment - span.from) / (span.to - span.from);
}

/** The moment at a place of the strip, to the second, within what is kept. */
export function momentAt(place: number, span: Span, oldest: number, now: number): number {
  const exact = span.from + place * (span.to - span.from);
  return within(Math.round(exact / SECOND) * SECOND, oldest, now);
}

/** Moves the span left (negative) or right by a part of its length, never past now nor wholly before what is kept. */
export function panned(span: Span, by: number, oldest: number, now: number): Span {
  const length = span.to - span.from;
  const to = within(span.to + by * length, Math.min(oldest + length / 2, now), now);
  return { from: to - length, to };
}

/** How far an arrow key moves: a two-hundredth of what is seen, ten times that with shift, at least a second. */
export function stepOf(span: Span, fast: boolean): number {
  const fine = Math.max(SECOND, Math.round((span.to - span.from) / 200 / SECOND) * SECOND);
  return fast ? fine * 10 : fine;
}

/** Moves a moment by a step; null stands for now, and reaching now gives null again. */
export function moved(moment: number | null, by: number, oldest: number, now: number): number | null {
  const target = within((moment ?? now) + by, oldest, now);
  return target >= now ? null : target;
}

const TICKS = [
  MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
]; // prettier-ignore

/** Round local times to label, at most `most` of them. */
export function ticks(span: Span, most: number, offsetMinutes: number): number[] {
  const length = span.to - span.from;
  const step = TICKS.find((tick) => length / tick <= most) ?? Math.ceil(length / most / DAY) * DAY;
  const offset = offsetMinutes * MINUTE;
  const first = Math.ceil((span.from - offset) / step) * step + offset;
  const found = [];
  for (let tick = first; tick <= span.to; tick += step) found.push(tick);
  return found;
}

function within(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
