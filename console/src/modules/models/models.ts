/** What models are called and coloured by, and what may be said of a name. */
import type { OutputOf } from "../../api/operations.ts";
import type { Tone } from "../../components/Status.tsx";

export type Model = OutputOf<"llm.model.list">[number];

const TONES: Readonly<Record<string, Tone>> = {
  ready: "good",
  trying: "wait",
  limited: "wait",
  paused: "bad",
  "no-key": "wait",
};

export function toneOfModel(state: string): Tone {
  return TONES[state] ?? "still";
}

/** A chain has no provider of its own; it names others. */
export function isChain(model: Pick<Model, "tiers">): boolean {
  return model.tiers.length > 0;
}

export function isModelName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$/.test(name);
}

/** Whether what it is told does not leave this machine. */
export function staysHere(model: Pick<Model, "provider" | "options">): boolean {
  return model.provider === "local" || model.options.local === true;
}
