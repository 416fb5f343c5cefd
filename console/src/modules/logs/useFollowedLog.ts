/** The log so far, and what comes; taken up anew when whatever writes it starts again or the connection was lost. */
import { useEffect, useRef, useState } from "react";
import type { Watcher } from "../../api/client.ts";
import type { ApiError } from "../../api/errors.ts";
import { LogLines } from "./lines.ts";

const AGAIN_MS = 2_000;

export interface FollowedLog {
  readonly log: LogLines;
  readonly version: number;
  readonly error: ApiError | null;
}

/** `open` follows the log that `key` names, until it ends or is left. `again`: there may be more after its end. */
export function useFollowedLog(
  key: string,
  open: (watcher: Watcher) => Promise<unknown>,
  { visible = true, again = true }: { visible?: boolean; again?: boolean } = {},
): FollowedLog {
  const [log] = useState(() => new LogLines());
  const [version, setVersion] = useState(0);
  const [error, setError] = useState<ApiError | null>(null);
  const opening = useRef(open);
  useEffect(() => {
    opening.current = open;
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another key names another log
  useEffect(() => {
    if (!visible) return;
    const left = new AbortController();
    let frame = 0;
    let anew = true; // what was read stays until there is more: last words, too, and through a lost connection
    const draw = () => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        setVersion((now) => now + 1);
      });
    };
    const watcher: Watcher = {
      signal: left.signal,
      onOutput: ({ data, stream }) => {
        if (anew) log.clear();
        anew = false;
        log.feed(data, stream);
        draw();
      },
    };
    const run = async () => {
      log.clear();
      draw();
      while (!left.signal.aborted) {
        anew = true;
        try {
          await opening.current(watcher);
          setError(null);
          if (!again) return;
        } catch (reason) {
          if (!left.signal.aborted) setError(reason as ApiError);
        }
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    };
    void run();
    return () => {
      left.abort();
      cancelAnimationFrame(frame);
    };
  }, [key, visible, again, log]);
  return { log, version, error };
}
