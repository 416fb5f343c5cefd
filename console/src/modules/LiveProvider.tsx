/** Keeps one stream of events open while somebody is signed in, and refreshes what they make stale. */
import { useQueryClient } from "@tanstack/react-query";
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { type Connection, type LiveEvent, LiveEvents, refreshBy } from "../api/live.ts";
import { SESSION } from "../api/session.ts";

const LiveContext = createContext<LiveEvents | null>(null);

export function LiveProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const [live] = useState(() => new LiveEvents(() => void queries.invalidateQueries({ queryKey: SESSION.queryKey })));

  useEffect(() => {
    const leave = live.listen((event) => void refreshBy(queries, event));
    let wasLost = false;
    const unwatch = live.watch(() => {
      if (live.connection === "open" && wasLost) void queries.invalidateQueries(); // more may be missed than events
      wasLost = live.connection === "lost";
    });
    const stop = live.start();
    return () => {
      stop();
      unwatch();
      leave();
    };
  }, [live, queries]);

  return <LiveContext value={live}>{children}</LiveContext>;
}

export function useConnection(): { connection: Connection; retry: () => void } {
  const live = useLive();
  const connection = useSyncExternalStore(live.watch, () => live.connection);
  return { connection, retry: live.retry };
}

/** Calls `onEvent` for each event while mounted. */
export function useLiveEvents(onEvent: (event: LiveEvent) => void): void {
  const live = useLive();
  const current = useRef(onEvent);
  useEffect(() => {
    current.current = onEvent;
  });
  const listener = useCallback((event: LiveEvent) => current.current(event), []);
  useEffect(() => live.listen(listener), [live, listener]);
}

function useLive(): LiveEvents {
  const live = useContext(LiveContext);
  if (!live) throw new Error("live events outside of LiveProvider");
  return live;
}
