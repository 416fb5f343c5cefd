/** What happens in the daemon, as it happens: makes answers stale, and says whether the connection stands. */
import type { QueryClient } from "@tanstack/react-query";
import { send } from "./client.ts";
import { isSignedOut } from "./errors.ts";
import { eventsOf } from "./sse.ts";

export interface LiveEvent {
  readonly id: number;
  readonly time: string;
  readonly type: string;
  readonly project: string | null;
  readonly branch: string | null;
  readonly who: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export type Connection = "open" | "connecting" | "lost";

const SILENCE_MS = 40_000; // the daemon says something every 15 s
const LONGEST_WAIT_MS = 10_000;

/** One per signed-in page. Reconnects by itself, and asks for what it missed by the last event's id. */
export class LiveEvents {
  connection: Connection = "connecting";
  #stopped = new AbortController();
  #retry = () => {};
  #lastId: string | null = null;
  readonly #listeners = new Set<(event: LiveEvent) => void>();
  readonly #watchers = new Set<() => void>();

  constructor(readonly onSignedOut: () => void) {}

  start(): () => void {
    this.#stopped = new AbortController();
    void this.#run(this.#stopped.signal);
    return () => this.#stopped.abort();
  }

  /** Try again now rather than after the wait. */
  retry = (): void => this.#retry();

  listen = (listener: (event: LiveEvent) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  async #run(stopped: AbortSignal): Promise<void> {
    for (let failures = 0; !stopped.aborted; failures += 1) {
      try {
        await this.#listenOnce(stopped, () => {
          failures = 0;
        });
      } catch (error) {
        if (stopped.aborted) return;
        if (isSignedOut(error)) return this.onSignedOut();
      }
      if (stopped.aborted) return;
      this.#become(failures > 0 ? "lost" : "connecting");
      await this.#pause(Math.min(LONGEST_WAIT_MS, 250 * 2 ** failures), stopped);
    }
  }

  async #listenOnce(stopped: AbortSignal, onOpen: () => void): Promise<void> {
    const silent = new AbortController();
    const signal = AbortSignal.any([stopped, silent.signal]);
    let timer = setTimeout(() => silent.abort(), SILENCE_MS);
    const heard = () => {
      clearTimeout(timer);
      timer = setTimeout(() => silent.abort(), SILENCE_MS);
    };
    try {
      const since: Record<string, string> = this.#lastId === null ? {} : { "Last-Event-ID": this.#lastId };
      const response = await send("GET", "/api/events", null, { Accept: "text/event-stream", ...since }, signal);
      if (!response.body) return;
      onOpen();
      this.#become("open");
      const body = response.body.pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform(chunk, controller) {
            heard();
            controller.enqueue(chunk);
          },
        }),
      );
      for await (const { id, data } of eventsOf(body)) {
        if (id !== null) this.#lastId = id;
        const event = JSON.parse(data) as LiveEvent;
        for (const listener of this.#listeners) listener(event);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #become(connection: Connection): void {
    if (connection === this.connection) return;
    this.connection = connection;
    for (const watcher of this.#watchers) watcher();
  }

  #pause(ms: number, stopped: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#retry = () => {
        clearTimeout(timer);
        resolve();
      };
      stopped.addEventListener("abort", this.#retry, { once: true });
    });
  }
}

/** Ask again whatever an event may have changed: what concerns its project, and what concerns no project. */
export function refreshBy(queries: QueryClient, event: LiveEvent): Promise<void> {
  return queries.invalidateQueries({
    predicate: ({ queryKey, meta }) => {
      if (meta?.costly) return false;
      const project = projectOf(queryKey[1]);
      return project === null || event.project === null || project === event.project;
    },
  });
}

/** The project that a question is about, going by the references in its input. */
export function projectOf(input: unknown): string | null {
  if (typeof input !== "object" || input === null) return null;
  const named = input as Record<string, unknown>;
  const ref = named.ref ?? named.a ?? named.project;
  return typeof ref === "string" ? (ref.split(":")[0] ?? null) : null;
}
