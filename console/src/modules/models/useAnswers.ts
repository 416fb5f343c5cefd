/** Asks several models the same at once, and holds what each has said so far. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { follow } from "../../api/client.ts";
import { ApiError, unreachable } from "../../api/errors.ts";
import type { InputOf, OutputOf } from "../../api/operations.ts";
import { type Answer, hasEnded, heard, type News, WAITING } from "./answers.ts";

export type Reply = OutputOf<"llm.chat">;
export type Answers = ReadonlyMap<string, Answer<Reply>>;

export interface Asking {
  readonly answers: Answers;
  readonly running: boolean;
  /** Ask these models; what was still being answered is cancelled. */
  readonly ask: (models: readonly string[], input: Omit<InputOf<"llm.chat">, "model">) => void;
  readonly cancel: () => void;
}

export function useAnswers(): Asking {
  const queries = useQueryClient();
  const [answers, setAnswers] = useState<Answers>(new Map());
  const round = useRef<AbortController | null>(null);
  useEffect(() => () => round.current?.abort(), []); // nobody reads on: the provider need not go on either

  const ask = useCallback(
    (models: readonly string[], input: Omit<InputOf<"llm.chat">, "model">) => {
      round.current?.abort();
      const controller = new AbortController();
      round.current = controller;
      setAnswers(new Map(models.map((model) => [model, WAITING])));
      const began = performance.now();
      const one = async (model: string) => {
        const tell = (news: News<Reply>) => {
          if (round.current === controller) setAnswers((now) => told(now, model, news));
        };
        const ms = () => performance.now() - began;
        const decoder = new TextDecoder();
        try {
          const reply = await follow(
            "llm.chat",
            { ...input, model },
            {
              signal: controller.signal,
              onOutput: ({ data }) => tell({ kind: "piece", text: decoder.decode(data, { stream: true }), ms: ms() }),
            },
          );
          tell({ kind: "done", reply, text: reply.text, ms: ms() });
        } catch (error) {
          if (controller.signal.aborted) tell({ kind: "cancelled", ms: ms() });
          else tell({ kind: "failed", error: error instanceof ApiError ? error : unreachable(error), ms: ms() });
        }
      };
      void Promise.all(models.map(one)).then(() => queries.invalidateQueries());
    },
    [queries],
  );
  const cancel = useCallback(() => round.current?.abort(), []);
  const running = [...answers.values()].some((answer) => !hasEnded(answer));
  return { answers, running, ask, cancel };
}

function told(answers: Answers, model: string, news: News<Reply>): Answers {
  const answer = answers.get(model);
  return answer ? new Map(answers).set(model, heard(answer, news)) : answers;
}
