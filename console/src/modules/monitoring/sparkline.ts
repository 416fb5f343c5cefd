/** The line of a sparkline, on a field of 100 by 24. Pure. */
import type { Span } from "./range.ts";
import type { Points } from "./rows.ts";

const WIDTH = 100;
const HEIGHT = 24;

/** From nothing to its greatest, or at least to `top`; broken where nothing was measured. */
export function pathOf({ times, mean }: Points, { from, to }: Span, top = 0): string {
  const most = Math.max(top, ...mean.map((number) => number ?? 0)) || 1;
  let drawing = false;
  return times
    .flatMap((time, at) => {
      const number = mean[at] ?? null;
      if (number === null || time < from) {
        drawing = false;
        return [];
      }
      const [x, y] = [((time - from) / (to - from)) * WIDTH, HEIGHT - 1 - (number / most) * (HEIGHT - 2)];
      const step = `${drawing ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
      drawing = true;
      return [step];
    })
    .join("");
}
