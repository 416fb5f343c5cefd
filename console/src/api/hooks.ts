/** Operations as React hooks: questions that stay fresh, actions, and long actions that show their progress. */
import { queryOptions, type UseQueryResult, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { call, follow, type Output, type Step } from "./client.ts";
import { ApiError, unreachable } from "./errors.ts";
import type { InputOf, OperationName, OutputOf } from "./operations.ts";

/** How a question is known to the cache, so that events can make it stale. */
export function questionOf<Name extends OperationName>(name: Name, input: InputOf<Name>) {
  return queryOptions<OutputOf<Name>, ApiError>({
    queryKey: [name, input],
    queryFn: ({ signal }) => call(name, input, signal),
  });
}

interface QuestionOptions {
  enabled?: boolean;
  refetchInterval?: number | false;
  staleTime?: number;
  /** Asking costs something, so that events do not make it ask again. */
  costly?: boolean;
}

/** The answer of an operation that only reads; asked again when an event says that it may have changed. */
export function useOperation<Name extends OperationName>(
  name: Name,
  input: InputOf<Name>,
  { costly = false, ...options }: QuestionOptions = {},
): UseQueryResult<OutputOf<Name>, ApiError> {
  return useQuery({ ...questionOf(name, input), ...options, meta: { costly } });
}

/** The operations that list the newest first and go on `before` a mark. */
type Ledger = "audit.list" | "llm.audit" | "alert.history";
type Mark<Name extends Ledger> = NonNullable<InputOf<Name>["before"]>;
type Entry<Name extends Ledger> = OutputOf<Name>[number];

const LEDGER_PAGE = 50;

/** Such a list, page after page as far back as was asked for; `markOf` the last row is where the next page goes on. */
export function useLedger<Name extends Ledger>(
  name: Name,
  filters: Omit<InputOf<Name>, "before" | "limit">,
  markOf: (row: Entry<Name>) => Mark<Name>,
) {
  const query = useInfiniteQuery<Entry<Name>[], ApiError, Entry<Name>[], readonly unknown[], Mark<Name> | null>({
    queryKey: [name, filters],
    queryFn: ({ pageParam, signal }) =>
      call(name, { ...filters, limit: LEDGER_PAGE, before: pageParam } as InputOf<Name>, signal),
    initialPageParam: null,
    getNextPageParam: (page) => {
      const last = page.at(-1);
      return page.length === LEDGER_PAGE && last ? markOf(last) : null;
    },
    select: ({ pages }) => pages.flat(),
  });
  return {
    rows: query.data,
    error: query.error,
    retry: () => void query.refetch(),
    older: query.hasNextPage ? { busy: query.isFetchingNextPage, show: () => void query.fetchNextPage() } : null,
  };
}

export interface Following<Name extends OperationName> {
  /** Resolves with the answer, or with null after a failure, which `error` then holds. */
  readonly start: (input: InputOf<Name>) => Promise<OutputOf<Name> | null>;
  readonly stop: () => void;
  readonly reset: () => void;
  readonly running: boolean;
  readonly step: Step | null;
  readonly error: ApiError | null;
  readonly result: OutputOf<Name> | null;
  /** How long the last run took. */
  readonly tookMs: number | null;
}

const RESTING = { running: false, step: null, error: null, result: null, tookMs: null } as const;

/** An operation that changes something, short or long; leaving the page does not stop it. */
export function useFollow<Name extends OperationName>(
  name: Name,
  onOutput?: (output: Output) => void,
): Following<Name> {
  const queries = useQueryClient();
  const [state, setState] = useState<Omit<Following<Name>, "start" | "stop" | "reset">>(RESTING);
  const abort = useRef<AbortController | null>(null);
  const heard = useRef(onOutput);
  useEffect(() => {
    heard.current = onOutput;
  });

  const start = useCallback(
    async (input: InputOf<Name>) => {
      const began = performance.now();
      const controller = new AbortController();
      abort.current = controller;
      setState({ ...RESTING, running: true });
      try {
        const result = await follow(name, input, {
          signal: controller.signal,
          onStep: (step) => setState((now) => (now.running ? { ...now, step } : now)),
          onOutput: (output) => heard.current?.(output),
        });
        setState({ ...RESTING, result, tookMs: performance.now() - began });
        await queries.invalidateQueries();
        return result;
      } catch (error) {
        if (controller.signal.aborted) {
          setState(RESTING);
        } else {
          const reason = error instanceof ApiError ? error : unreachable(error);
          setState({ ...RESTING, error: reason, tookMs: performance.now() - began });
        }
        return null;
      }
    },
    [name, queries],
  );
  const stop = useCallback(() => abort.current?.abort(), []);
  const reset = useCallback(() => setState(RESTING), []);
  return { ...state, start, stop, reset };
}
