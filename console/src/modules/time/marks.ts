/** What is marked on the strip: checkpoints, rewinds, undos, resets and branches, each with a shape and a word. */
import { placeOf, type Span } from "./scale.ts";

export type MarkKind = "created" | "checkpoint" | "rewind" | "undo" | "reset" | "branch" | "other";

export interface Mark {
  readonly id: number;
  readonly kind: MarkKind;
  readonly time: number;
  readonly label: string | null;
  readonly who: string;
}

interface Logged {
  readonly id: number;
  readonly kind: string;
  readonly time: string;
  readonly label: string | null;
  readonly who: string;
}

const KINDS: ReadonlySet<string> = new Set(["created", "checkpoint", "rewind", "undo", "reset", "branch"]);

export function marksOf(log: readonly Logged[]): Mark[] {
  return log.map(({ id, kind, time, label, who }) => {
    return {
      id,
      kind: KINDS.has(kind) ? (kind as MarkKind) : "other",
      time: Date.parse(time),
      label,
      who: who.slice(who.indexOf(":") + 1),
    };
  });
}

/** How a mark is drawn, on a square from -5 to 5. */
export const SHAPES: Readonly<Record<MarkKind, string>> = {
  created: "M-4 5 V-5 L5 -1 L-2 1 V5 Z",
  checkpoint: "M0 -5 L5 0 L0 5 L-5 0 Z",
  rewind: "M5 -5 L-4 0 L5 5 Z",
  undo: "M-5 -5 L4 0 L-5 5 Z",
  reset: "M-4 -4 H4 V4 H-4 Z",
  branch: "M-4 5 V-5 H-1 V0 L4 -4 V-1 L-1 4 V5 Z",
  other: "M0 -4 A4 4 0 1 1 0 4 A4 4 0 1 1 0 -4 Z",
};

/** The marks whose words have room: from the newest on, none that would run into the one to its right. */
export function worded(marks: readonly Mark[], span: Span, widthPx: number, wordPx: number): ReadonlySet<number> {
  const chosen = new Set<number>();
  let free = widthPx;
  for (const mark of [...marks].sort((a, b) => b.time - a.time)) {
    const left = placeOf(mark.time, span) * widthPx;
    if (left < 0 || left > widthPx || left + wordPx > free) continue;
    chosen.add(mark.id);
    free = left;
  }
  return chosen;
}

/** The next mark before (-1) or after (1) a moment. */
export function neighbour(marks: readonly Mark[], moment: number, direction: -1 | 1): Mark | null {
  const beyond = marks.filter((mark) => Math.sign(mark.time - moment) === direction);
  return beyond.reduce<Mark | null>((best, mark) => {
    return best === null || Math.abs(mark.time - moment) < Math.abs(best.time - moment) ? mark : best;
  }, null);
}
