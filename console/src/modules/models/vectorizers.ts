/** What vectorizers are coloured by, and which tables one can be made for. */
import type { OutputOf } from "../../api/operations.ts";
import type { Tone } from "../../components/Status.tsx";

export type Vectorizer = OutputOf<"llm.vectorizer.list">[number];

const TONES: Readonly<Record<string, Tone>> = {
  "in step": "good",
  filling: "wait",
  behind: "wait",
  waiting: "wait",
  active: "wait",
  paused: "still",
  broken: "bad",
};

export function toneOfVectorizer(state: string): Tone {
  return TONES[state] ?? "still";
}

/** Whether a column holds text that can be embedded. */
export function isText(type: string): boolean {
  return /^(text|character|citext|varchar|bpchar)\b/.test(type);
}
