/** A moment as people say it (“3 minutes ago”), with the exact one on hover; it stays true as time passes. */
import { useSyncExternalStore } from "react";
import { useFormat } from "../i18n/text.tsx";

export function When({ time }: { time: string }) {
  const format = useFormat();
  const now = useSyncExternalStore(everyTick, nowInTicks);
  return (
    <time dateTime={time} title={format.dateTime(time)}>
      {format.relative(time, new Date(now))}
    </time>
  );
}

const TICK_MS = 10_000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function everyTick(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    for (const each of listeners) each();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** Steps with the tick, so that asking twice in between gives the same; never before what has just happened. */
function nowInTicks(): number {
  return Math.ceil(Date.now() / TICK_MS) * TICK_MS;
}
