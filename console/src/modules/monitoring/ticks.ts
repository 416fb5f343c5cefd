/** The words at the foot and the side of a chart. Pure. */
import type { Format } from "../../i18n/format.ts";
import type { Span } from "./range.ts";

const DAY_MS = 86_400_000;

/** A day where one begins or where days are what is seen, else a time of day without its seconds. */
export function tickWord(tick: number, span: Span, format: Format): string {
  const local = new Date(tick);
  const midnight = local.getHours() === 0 && local.getMinutes() === 0;
  return midnight || span.to - span.from > 3 * DAY_MS ? format.shortDate(local) : format.clock(local);
}

const STEPS = [1, 2, 2.5, 5, 10];
/** Of what takes a minute and more, in seconds: what a clock and a calendar divide into. */
const TIMES = [15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800];
const A_MINUTE = 60;

/** Round heights to label from nothing up to at least `most`, six at most. */
export function heights(most: number, inSeconds = false): number[] {
  if (!(most > 0)) return [0, 1];
  const step = (inSeconds && most >= A_MINUTE && TIMES.find((each) => each >= most / 4)) || round(most / 4);
  const count = Math.ceil(most / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, at) => Number((at * step).toPrecision(12)));
}

/** The next of 1, 2, 2.5, 5 and their tens. */
function round(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return (STEPS.find((each) => each * power >= rough * (1 - 1e-9)) ?? 10) * power;
}
