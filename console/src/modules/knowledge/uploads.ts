/** Files on their way into a collection: several at once, each with how far it is and, where it is refused, why. */
import type { Step } from "../../api/client.ts";
import { ApiError, unreachable } from "../../api/errors.ts";

export type UploadState = "waiting" | "working" | "done" | "failed";

export interface Upload {
  readonly key: number;
  readonly name: string;
  readonly bytes: number;
  readonly state: UploadState;
  /** What the daemon does with it; null while it is being sent. */
  readonly step: Step | null;
  /** It waits with the daemon, which adds it when its turn comes. */
  readonly later: boolean;
  /** How many passages it was cut into; 0 where the same was there already, or where it waits. */
  readonly passages: number | null;
  readonly error: ApiError | null;
}

export interface Sending {
  readonly name: string;
  readonly file: Blob;
  readonly later: boolean;
  readonly onStep: (step: Step) => void;
  readonly signal: AbortSignal;
}

export type Send = (sending: Sending) => Promise<{ passages: number; waiting: number }>;

/** More would only wait for the same model. */
const AT_ONCE = 3;

/** From how many files on they wait in the daemon's queue, which goes on when the page is closed. */
const MANY = 6;

export const LARGEST_BYTES = 16 << 20;

/** The code of the refusal that is made here: the daemon would read all of the file before it refuses. */
export const TOO_LARGE = "file-too-large";

interface Job {
  readonly file: Blob;
  readonly abort: AbortController;
}

/** A store in the sense of useSyncExternalStore. */
export class Uploads {
  private all: readonly Upload[] = [];
  private readonly jobs = new Map<number, Job>();
  private readonly listeners = new Set<() => void>();
  private nextKey = 1;
  private working = 0;

  constructor(
    private readonly send: Send,
    private readonly onDone: () => void,
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): readonly Upload[] => this.all;

  add(files: readonly { path: string; file: Blob }[]): void {
    const later = files.length >= MANY;
    const added = files.map(({ path, file }) => {
      const key = this.nextKey++;
      const large = file.size > LARGEST_BYTES;
      this.jobs.set(key, { file, abort: new AbortController() });
      return {
        key,
        name: path,
        bytes: file.size,
        state: large ? "failed" : "waiting",
        step: null,
        later,
        passages: null,
        error: large ? new ApiError(TOO_LARGE, "", "", 413, null) : null,
      } as const;
    });
    this.set([...this.all, ...added]);
    this.goOn();
  }

  again(key: number): void {
    const job = this.jobs.get(key);
    if (!job) return;
    this.change(key, { state: "waiting", step: null, error: null });
    this.goOn();
  }

  /** Stops one and forgets it. What the daemon has begun it may still finish. */
  remove(key: number): void {
    this.jobs.get(key)?.abort.abort();
    this.jobs.delete(key);
    this.set(this.all.filter((upload) => upload.key !== key));
  }

  clearDone(): void {
    for (const upload of this.all) if (upload.state === "done") this.jobs.delete(upload.key);
    this.set(this.all.filter((upload) => upload.state !== "done"));
  }

  private goOn(): void {
    while (this.working < AT_ONCE) {
      const next = this.all.find((upload) => upload.state === "waiting");
      if (!next) return;
      void this.deliver(next);
    }
  }

  private async deliver({ key, name, later }: Upload): Promise<void> {
    const job = this.jobs.get(key);
    if (!job) return;
    this.working += 1;
    this.change(key, { state: "working" });
    try {
      const onStep = (step: Step) => this.change(key, { step });
      const { passages, waiting } = await this.send({
        name,
        file: job.file,
        later,
        onStep,
        signal: job.abort.signal,
      });
      this.change(key, { state: "done", passages, later: waiting > 0 });
      this.onDone();
    } catch (error) {
      if (!job.abort.signal.aborted) {
        this.change(key, { state: "failed", error: error instanceof ApiError ? error : unreachable(error) });
      }
    } finally {
      this.working -= 1;
      this.goOn();
    }
  }

  private change(key: number, how: Partial<Upload>): void {
    this.set(this.all.map((upload) => (upload.key === key ? { ...upload, ...how } : upload)));
  }

  private set(all: readonly Upload[]): void {
    this.all = all;
    for (const listener of this.listeners) listener();
  }
}

/** What of a folder is worth adding: not what is hidden, nor what packages bring along. */
export function isWanted(path: string): boolean {
  return !path.split("/").some((part) => part.startsWith(".") || part === "node_modules" || part === "__pycache__");
}
