/** Asks a model to answer from passages, and holds what it has said so far. */
import { useCallback, useEffect, useRef, useState } from "react";
import { follow } from "../../api/client.ts";
import { ApiError, unreachable } from "../../api/errors.ts";
import type { InputOf, OutputOf } from "../../api/operations.ts";
import { type Answer, hasEnded, heard, type News, WAITING } from "../models/answers.ts";

export type Answered = OutputOf<"knowledge.answer">;

export interface Answering {
  /** null: nothing is asked. */
  readonly answer: Answer<Answered> | null;
  readonly running: boolean;
  readonly ask: (input: InputOf<"knowledge.answer">) => void;
  readonly stop: () => void;
  readonly clear: () => void;
}

export function useAnswer(): Answering {
  const [answer, setAnswer] = useState<Answer<Answered> | null>(null);
  const round = useRef<AbortController | null>(null);
  useEffect(() => () => round.current?.abort(), []); // nobody reads on: the provider need not go on either

  const ask = useCallback((input: InputOf<"knowledge.answer">) => {
    round.current?.abort();
    const controller = new AbortController();
    round.current = controller;
    setAnswer(WAITING);
    const began = performance.now();
    const decoder = new TextDecoder();
    const ms = () => performance.now() - began;
    const tell = (news: News<Answered>) => {
      if (round.current === controller) setAnswer((now) => now && heard(now, news));
    };
    follow("knowledge.answer", input, {
      signal: controller.signal,
      onOutput: ({ data }) => tell({ kind: "piece", text: decoder.decode(data, { stream: true }), ms: ms() }),
    }).then(
      (reply) => tell({ kind: "done", reply, text: reply.text, ms: ms() }),
      (error: unknown) => {
        if (controller.signal.aborted) tell({ kind: "cancelled", ms: ms() });
        else tell({ kind: "failed", error: error instanceof ApiError ? error : unreachable(error), ms: ms() });
      },
    );
  }, []);
  const stop = useCallback(() => round.current?.abort(), []);
  const clear = useCallback(() => {
    round.current?.abort();
    round.current = null;
    setAnswer(null);
  }, []);
  return { answer, running: answer !== null && !hasEnded(answer), ask, stop, clear };
}
