/** Answers that models give side by side: what has come so far, and what it took. Pure. */
import type { ApiError } from "../../api/errors.ts";

export type AnswerState = "waiting" | "streaming" | "done" | "failed" | "cancelled";

/** `Reply` is what the operation says at the end: tokens, cost, which model it was. */
export interface Answer<Reply> {
  readonly state: AnswerState;
  readonly text: string;
  /** When the first text came, and how long it all took, in milliseconds. */
  readonly firstMs: number | null;
  readonly tookMs: number | null;
  readonly reply: Reply | null;
  readonly error: ApiError | null;
}

export type News<Reply> =
  | { readonly kind: "piece"; readonly text: string; readonly ms: number }
  | { readonly kind: "done"; readonly reply: Reply; readonly text: string; readonly ms: number }
  | { readonly kind: "failed"; readonly error: ApiError; readonly ms: number }
  | { readonly kind: "cancelled"; readonly ms: number };

export const WAITING: Answer<never> = {
  state: "waiting",
  text: "",
  firstMs: null,
  tookMs: null,
  reply: null,
  error: null,
};

/** An answer after some news; one that has ended stays as it is. */
export function heard<Reply>(answer: Answer<Reply>, news: News<Reply>): Answer<Reply> {
  if (hasEnded(answer)) return answer;
  switch (news.kind) {
    case "piece":
      return {
        ...answer,
        state: "streaming",
        text: answer.text + news.text,
        firstMs: answer.firstMs ?? (news.text === "" ? null : news.ms),
      };
    case "done":
      return {
        ...answer,
        state: "done",
        text: news.text || answer.text,
        firstMs: answer.firstMs ?? news.ms,
        tookMs: news.ms,
        reply: news.reply,
      };
    case "failed":
      return { ...answer, state: "failed", tookMs: news.ms, error: news.error };
    case "cancelled":
      return { ...answer, state: "cancelled", tookMs: news.ms };
  }
}

export function hasEnded(answer: Pick<Answer<unknown>, "state">): boolean {
  return answer.state !== "waiting" && answer.state !== "streaming";
}
