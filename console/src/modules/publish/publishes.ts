/** What this page publishes: each run with its phases, its log and its end, whatever one looks at meanwhile. */
import { type follow as Follow, follow } from "../../api/client.ts";
import { ApiError, UNREACHABLE, unreachable } from "../../api/errors.ts";
import type { InputOf, OutputOf } from "../../api/operations.ts";
import { LogLines } from "../logs/lines.ts";
import { type Heard, heardOf, type Progressed, progressedBy } from "./phases.ts";

/** What the daemon says when it stops meanwhile. */
const STOPPING = "daemon-stopping";

export type Published = OutputOf<"app.publish">;

export interface Run {
  readonly id: number;
  readonly ref: string;
  readonly app: string;
  readonly log: LogLines;
  readonly heard: readonly Heard[];
  readonly endedAtMs: number | null;
  readonly result: Published | null;
  readonly error: ApiError | null;
}

export class Publishes {
  #runs: readonly Run[] = [];
  #next = 1;
  readonly #watchers = new Set<() => void>();

  constructor(
    readonly followed: typeof Follow = follow,
    readonly nowMs: () => number = () => performance.now(),
  ) {}

  runs = (): readonly Run[] => this.#runs;

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  /** Resolves when it is over, with what came of it. */
  async start(input: InputOf<"app.publish">, app: string): Promise<Run> {
    const id = this.#next++;
    const began = {
      id,
      ref: input.ref,
      app,
      log: new LogLines(),
      heard: heardOf([], "queued", this.nowMs()),
      endedAtMs: null,
      result: null,
      error: null,
    };
    this.#become([...this.#runs.filter((run) => run.ref !== input.ref || run.endedAtMs === null), began]);
    try {
      const result = await this.followed("app.publish", input, {
        onStep: ({ phase }) => this.#change(id, (run) => ({ ...run, heard: heardOf(run.heard, phase, this.nowMs()) })),
        onOutput: ({ data, stream }) =>
          this.#change(id, (run) => {
            run.log.feed(data, stream);
            return { ...run };
          }),
      });
      return this.#change(id, (run) => ({ ...run, result, endedAtMs: this.nowMs() }));
    } catch (reason) {
      const error = reason instanceof ApiError ? reason : unreachable(reason);
      return this.#change(id, (run) => ({ ...run, error, endedAtMs: this.nowMs() }));
    }
  }

  forget(id: number): void {
    this.#become(this.#runs.filter((run) => run.id !== id));
  }

  #change(id: number, changed: (run: Run) => Run): Run {
    const before = this.#runs.find((run) => run.id === id);
    if (!before) throw new Error(`run ${id} was forgotten while it went on`);
    const after = changed(before);
    this.#become(this.#runs.map((run) => (run.id === id ? after : run)));
    return after;
  }

  #become(runs: readonly Run[]): void {
    this.#runs = runs;
    for (const watcher of this.#watchers) watcher();
  }
}

/** Whether the page lost sight of it: the publish itself goes on. */
export function isOutOfSight(run: Run): boolean {
  return run.error?.code === UNREACHABLE || run.error?.code === STOPPING;
}

export function progressedOf(run: Run, nowMs: number): Progressed {
  const end = run.endedAtMs === null ? null : run.result ? "live" : "failed";
  return progressedBy(run.heard, run.endedAtMs ?? nowMs, end);
}
