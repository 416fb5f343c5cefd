/** The lines that come, as they come, the newest first; they can be held back for reading. */
import { useEffect, useRef, useState } from "react";
import { follow } from "../../api/client.ts";
import { ApiError } from "../../api/errors.ts";
import { type Asked, type Line, questionOf } from "./asked.ts";

const MOST = 2_000;
const AGAIN_MS = 2_000;
const FIRST_LINES = 100;

interface Tail {
  readonly lines: readonly Line[];
  /** So many came while they are held back. */
  readonly held: number;
  readonly error: ApiError | null;
}

export function useTail(asked: Asked, live: boolean, paused: boolean): Tail {
  const [lines, setLines] = useState<readonly Line[]>([]);
  const [coming, setComing] = useState<readonly Line[]>([]);
  const [error, setError] = useState<ApiError | null>(null);
  const key = JSON.stringify(questionOf(asked));
  const seen = useRef(new Map<string, number>());

  useEffect(() => {
    if (!live) return;
    const left = new AbortController();
    const decoder = new TextDecoder();
    seen.current = new Map();
    setLines([]);
    setComing([]);
    const take = (data: Uint8Array) => {
      const came = decoder
        .decode(data, { stream: true })
        .split("\n")
        .filter(Boolean)
        .map((text) => JSON.parse(text) as Line)
        .filter(({ source, number }) => number > (seen.current.get(source) ?? 0)); // those before a lost connection
      for (const { source, number } of came) seen.current.set(source, number);
      setComing((now) => [...came.toReversed(), ...now].slice(0, MOST));
      setError(null);
    };
    const run = async () => {
      while (!left.signal.aborted) {
        try {
          const question = { ...JSON.parse(key), lines: FIRST_LINES };
          await follow("log.follow", question, { signal: left.signal, onOutput: ({ data }) => take(data) });
        } catch (reason) {
          if (!left.signal.aborted && reason instanceof ApiError) setError(reason);
        }
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    };
    void run();
    return () => left.abort();
  }, [key, live]);

  useEffect(() => {
    if (paused || coming.length === 0) return;
    setLines((now) => [...coming, ...now].slice(0, MOST));
    setComing([]);
  }, [paused, coming]);

  return { lines, held: paused ? coming.length : 0, error };
}
