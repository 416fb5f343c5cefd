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

/** Round heights to label from nothing up to at least `most`, four or five of them; of bytes and the like the same. */
export function heights(most: number): number[] {
  if (!(most > 0)) return [0, 1];
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = (STEPS.find((each) => each * power >= rough * (1 - 1e-9)) ?? 10) * power;
  const count = Math.ceil(most / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, at) => Number((at * step).toPrecision(12)));
}
