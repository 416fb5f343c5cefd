/** Follows what is new in monitoring, and puts it where the pages have their answers from. */
import type { QueryClient } from "@tanstack/react-query";
import { follow } from "../../api/client.ts";
import { ApiError, isSignedOut } from "../../api/errors.ts";
import type { InputOf, OutputOf } from "../../api/operations.ts";
import { SESSION } from "../../api/session.ts";
import { type Asked, grown, marked } from "./growing.ts";

type Question = InputOf<"monitoring.watch">;
type News = NonNullable<OutputOf<"monitoring.watch">["last"]>;
type Chart = OutputOf<"monitoring.chart">;
type Marks = OutputOf<"monitoring.marks">;

/** `refused`: the daemon answers, and does not let this page follow; it asks again and again instead. */
export type Following = "off" | "connecting" | "live" | "lost" | "refused";

const SILENCE_MS = 40_000; // there is a look every 10 s
const LONGEST_WAIT_MS = 10_000;
const REFUSED_WAIT_MS = 60_000;
const FRESH_MS = 10_000;

/** One page follows at a time. A page that nobody sees does not, and catches up once it is seen again. */
export class Watch {
  following: Following = "off";
  readonly #watchers = new Set<() => void>();

  subscribe = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  start(queries: QueryClient, question: Question): () => void {
    const left = new AbortController();
    this.#become("connecting");
    void this.#run(queries, question, left.signal);
    return () => {
      left.abort();
      this.#become("off");
    };
  }

  async #run(queries: QueryClient, question: Question, left: AbortSignal): Promise<void> {
    for (let failures = 0; !left.aborted; failures += 1) {
      await seen(left);
      let refused = false;
      try {
        await this.#once(queries, question, left, () => {
          failures = 0;
        });
      } catch (error) {
        if (left.aborted) return;
        if (isSignedOut(error)) return void queries.invalidateQueries({ queryKey: SESSION.queryKey });
        refused = error instanceof ApiError && isRefusal(error);
        if (refused) void queries.invalidateQueries({ predicate: ({ queryKey }) => isOurs(queryKey[0]) });
      }
      if (left.aborted) return;
      if (document.hidden) {
        failures = -1;
        continue;
      }
      this.#become(refused ? "refused" : "lost");
      await pause(refused ? REFUSED_WAIT_MS : Math.min(LONGEST_WAIT_MS, 250 * 2 ** failures), left);
    }
  }

  /** Until it breaks, falls silent, or is seen no more. */
  async #once(queries: QueryClient, question: Question, left: AbortSignal, onNews: () => void): Promise<void> {
    const over = new AbortController();
    const end = () => over.abort();
    const onHidden = () => document.hidden && end();
    let timer = setTimeout(end, SILENCE_MS);
    let first = true;
    document.addEventListener("visibilitychange", onHidden);
    try {
      await follow("monitoring.watch", question, {
        signal: AbortSignal.any([left, over.signal]),
        onOutput: ({ data }) => {
          clearTimeout(timer);
          timer = setTimeout(end, SILENCE_MS);
          onNews();
          for (const line of new TextDecoder().decode(data).split("\n").filter(Boolean)) {
            take(queries, JSON.parse(line) as News, first);
            first = false;
          }
          this.#become("live");
        },
      });
    } catch (error) {
      if (!over.signal.aborted) throw error;
    } finally {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", onHidden);
    }
  }

  #become(following: Following): void {
    if (following === this.following) return;
    this.following = following;
    for (const watcher of this.#watchers) watcher();
  }
}

export const watch = new Watch();

/** Puts the news into the answers that pages show. What cannot be added to is asked anew: at the `first` all that is not
 * fresh, since something may have been missed. */
export function take(queries: QueryClient, news: News, first: boolean): void {
  const now = Date.now();
  if (first || news.anew)
    void queries.invalidateQueries({
      predicate: ({ queryKey, state }) =>
        isOurs(queryKey[0]) && (news.anew || (state.fetchStatus === "idle" && now - state.dataUpdatedAt > FRESH_MS)),
    });
  if (news.health) queries.setQueryData(["monitoring.health", {}], news.health);
  if (news.alerts) queries.setQueryData(["alert.list", {}], news.alerts);
  if (news.marks.length > 0) {
    void queries.invalidateQueries({ queryKey: ["alert.history"] });
    for (const [key, known] of live<Marks>(queries, "monitoring.marks"))
      queries.setQueryData(key, marked(known, news.marks));
  }
  if (news.measured.length > 0)
    for (const [key, known] of live<Chart>(queries, "monitoring.chart"))
      queries.setQueryData(
        key,
        known.map((series) => grown(series, news.measured, key[1] as Asked, now)),
      );
}

/** The answers about a time that goes on. */
function live<Answer>(queries: QueryClient, name: string): [readonly unknown[], Answer][] {
  return queries.getQueriesData<Answer>({ queryKey: [name] }).filter((one): one is [readonly unknown[], Answer] => {
    const asked = one[0][1] as { until?: string } | undefined;
    return one[1] !== undefined && asked?.until === undefined;
  });
}

function isOurs(name: unknown): boolean {
  return typeof name === "string" && (name.startsWith("monitoring.") || name === "alert.list");
}

/** What another try would hardly change: a gateway that answers for a daemon that is just coming back is no refusal. */
function isRefusal({ code, status }: ApiError): boolean {
  return code === "too-many-watch" || (status >= 400 && status < 500);
}

/** Once the page is seen. */
function seen(left: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (document.hidden && !left.aborted) return;
      document.removeEventListener("visibilitychange", look);
      resolve();
    };
    document.addEventListener("visibilitychange", look);
    left.addEventListener("abort", look, { once: true });
    look();
  });
}

function pause(ms: number, left: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    left.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
