/** How a mark is drawn, on a square from -5 to 5. */
import type { Mark } from "./marks.ts";

export const SHAPES: Readonly<Record<Mark["kind"], string>> = {
  release: "M-4 4 L0 -4 L4 4 Z",
  rewind: "M4 -4 L-4 0 L4 4 Z",
  alert: "M0 -5 L5 0 L0 5 L-5 0 Z",
};
