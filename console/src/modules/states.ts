/** Which colour and shape a state has; its word comes from the texts. */
import type { Tone } from "../components/Status.tsx";

const TONES: Readonly<Record<string, Tone>> = {
  running: "good",
  ready: "good",
  active: "good",
  done: "good",
  installed: "good",
  waiting: "wait",
  starting: "wait",
  creating: "wait",
  deleting: "wait",
  started: "wait",
  invited: "wait",
  locked: "wait",
  failed: "bad",
  "given-up": "bad",
  refused: "bad",
  dead: "bad",
  silent: "bad",
  lost: "bad",
  draining: "wait",
  crashed: "bad",
};

export function toneOf(state: string): Tone {
  return TONES[state] ?? "still";
}
