/** Uploads in pieces: several files one after the other, each going on where it stopped after anything broke off. */
import { ApiError, UNREACHABLE } from "../../api/errors.ts";

export type Collision = "refuse" | "replace" | "keep-both";

export interface Begun {
  readonly id: string;
  readonly received_bytes: number;
  readonly piece_bytes: number;
}

/** What uploading needs of the daemon. */
export interface UploadWire {
  /** An upload of this path and size that was left unfinished. */
  readonly find: (path: string, size: number) => Promise<Begun | null>;
  readonly begin: (path: string, file: Blob, collision: Collision) => Promise<Begun>;
  readonly append: (id: string, offset: number, piece: Blob, signal: AbortSignal) => Promise<Begun>;
  readonly status: (id: string) => Promise<Begun>;
  readonly finish: (id: string, collision: Collision) => Promise<{ paths: string[] }>;
  readonly cancel: (id: string) => Promise<unknown>;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

export type UploadState = "waiting" | "sending" | "retrying" | "done" | "failed" | "exists";

export interface Upload {
  readonly key: number;
  readonly path: string;
  readonly size: number;
  readonly sent: number;
  readonly state: UploadState;
  readonly error: ApiError | null;
}

interface Job {
  readonly file: Blob;
  readonly abort: AbortController;
  collision: Collision;
  id: string | null;
}

const TRIES = 8;
const LONGEST_WAIT_MS = 10_000;

/** A store in the sense of useSyncExternalStore. Files are sent one after the other. */
export class Uploads {
  private all: readonly Upload[] = [];
  private readonly jobs = new Map<number, Job>();
  private readonly listeners = new Set<() => void>();
  private nextKey = 1;
  private running: Promise<void> | null = null;

  constructor(
    private readonly wire: UploadWire,
    private readonly onDone: (paths: readonly string[]) => void,
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): readonly Upload[] => this.all;

  /** Queues files; resolves when all that is queued was tried. */
  add(files: readonly { path: string; file: Blob }[]): Promise<void> {
    for (const { path, file } of files) {
      const key = this.nextKey++;
      this.jobs.set(key, { file, abort: new AbortController(), collision: "refuse", id: null });
      this.set([...this.all, { key, path, size: file.size, sent: 0, state: "waiting", error: null }]);
    }
    return this.run();
  }

  /** Tries a failed one again, or one whose name was taken with a decision about it. */
  again(key: number, collision?: Collision): Promise<void> {
    const job = this.jobs.get(key);
    if (!job) return Promise.resolve();
    if (collision) job.collision = collision;
    this.change(key, { state: "waiting", error: null });
    return this.run();
  }

  /** Stops one and forgets it, here and at the daemon. */
  async remove(key: number): Promise<void> {
    const job = this.jobs.get(key);
    this.jobs.delete(key);
    this.set(this.all.filter((upload) => upload.key !== key));
    job?.abort.abort();
    if (job?.id) await this.wire.cancel(job.id).catch(() => undefined);
  }

  clearDone(): void {
    for (const upload of this.all) if (upload.state === "done") this.jobs.delete(upload.key);
    this.set(this.all.filter((upload) => upload.state !== "done"));
  }

  private run(): Promise<void> {
    this.running ??= this.drain().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  private async drain(): Promise<void> {
    for (;;) {
      const next = this.all.find((upload) => upload.state === "waiting");
      if (!next) return;
      await this.send(next);
    }
  }

  private async send({ key, path }: Upload): Promise<void> {
    const job = this.jobs.get(key);
    if (!job) return;
    this.change(key, { state: "sending" });
    try {
      const { paths } = await this.deliver(key, path, job);
      job.id = null;
      this.change(key, { state: "done", sent: job.file.size, path: paths[0] ?? path });
      this.onDone(paths);
    } catch (error) {
      if (job.abort.signal.aborted) return;
      const reason = error instanceof ApiError ? error : new ApiError("upload-failed", String(error), "", 0, null);
      this.change(key, { state: reason.code === "file-exists" ? "exists" : "failed", error: reason });
    }
  }

  private async deliver(key: number, path: string, job: Job): Promise<{ paths: string[] }> {
    let begun =
      job.id === null
        ? ((await this.wire.find(path, job.file.size)) ?? (await this.wire.begin(path, job.file, job.collision)))
        : await this.wire.status(job.id);
    job.id = begun.id;
    let failures = 0;
    while (begun.received_bytes < job.file.size) {
      const offset = begun.received_bytes;
      const piece = job.file.slice(offset, offset + begun.piece_bytes);
      try {
        begun = await this.wire.append(begun.id, offset, piece, job.abort.signal);
        failures = 0;
        this.change(key, { state: "sending", sent: begun.received_bytes });
      } catch (error) {
        if (job.abort.signal.aborted || !passes(error) || ++failures > TRIES) throw error;
        this.change(key, { state: "retrying" });
        await this.wire.pause(Math.min(LONGEST_WAIT_MS, 250 * 2 ** failures), job.abort.signal);
        begun = await this.wire.status(begun.id).catch(() => begun);
      }
    }
    return await this.wire.finish(begun.id, job.collision);
  }

  private change(key: number, how: Partial<Upload>): void {
    this.set(this.all.map((upload) => (upload.key === key ? { ...upload, ...how } : upload)));
  }

  private set(all: readonly Upload[]): void {
    this.all = all;
    for (const listener of this.listeners) listener();
  }
}

/** Whether trying again may help: no answer, a busy daemon, or a piece that crossed another. */
function passes(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.code === UNREACHABLE || error.status >= 500 || error.status === 429 || error.code === "upload-offset";
}
