/** How the queue of a collection stands, in one word. Pure. */
import type { OutputOf } from "../../api/operations.ts";
import type { Tone } from "../../components/Status.tsx";

export type Queue = OutputOf<"knowledge.queue.show">;
export type QueueState = "idle" | "working" | "paused" | "held" | "failed";

export const QUEUE_TONES: Readonly<Record<QueueState, Tone>> = {
  idle: "good",
  working: "wait",
  paused: "still",
  held: "bad",
  failed: "bad",
};

export function stateOf(queue: Pick<Queue, "waiting" | "failed" | "paused" | "held" | "at_work">): QueueState {
  if (queue.paused) return "paused";
  if (queue.waiting > 0 && queue.held.length > 0) return "held";
  if (queue.waiting > 0 || queue.at_work.length > 0) return "working";
  return queue.failed > 0 ? "failed" : "idle";
}
