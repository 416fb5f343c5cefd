/** What calls of models are coloured by, and who made them. */
import type { OutputOf } from "../../api/operations.ts";
import type { Tone } from "../../components/Status.tsx";

type Call = OutputOf<"llm.audit">[number];

const TONES: Readonly<Record<string, Tone>> = {
  done: "good",
  failed: "bad",
  lost: "bad",
  cancelled: "still",
  started: "wait",
};

export function toneOfCall(outcome: string): Tone {
  return TONES[outcome] ?? "still";
}

/** A person, else the role of the database that called. */
export function callerOf(call: Pick<Call, "person" | "role">): string {
  return call.person ?? call.role;
}

/** The texts of a prompt, which is kept as a JSON list of them. */
export function textsIn(prompt: string): readonly string[] {
  try {
    const texts: unknown = JSON.parse(prompt);
    if (Array.isArray(texts)) return texts.map(String);
  } catch {
    return [prompt]; // cut where it was too long to keep
  }
  return [prompt];
}
