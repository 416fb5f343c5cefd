import { describe, expect, it } from "vitest";
import { ApiError, unreachable } from "../../api/errors.ts";
import { type Collision, type Upload, Uploads, type UploadWire } from "./uploads.ts";

/** The daemon's side of the agreement, with lines that break at chosen pieces. */
class Far implements UploadWire {
  readonly received = new Map<string, { path: string; bytes: number; size: number }>();
  readonly placed: string[] = [];
  pieces = 0;
  paused = 0;
  constructor(
    readonly breaksAt: ReadonlySet<number> = new Set(),
    readonly taken: ReadonlySet<string> = new Set(),
  ) {}

  find = async (path: string, size: number) => {
    for (const [id, one] of this.received) if (one.path === path && one.size === size) return this.status(id);
    return null;
  };
  begin = async (path: string, file: Blob, collision: Collision) => {
    if (collision === "refuse" && this.taken.has(path)) throw new ApiError("file-exists", "taken", "", 409, null);
    const id = `u${this.received.size}`;
    this.received.set(id, { path, bytes: 0, size: file.size });
    return await this.status(id);
  };
  append = async (id: string, offset: number, piece: Blob) => {
    const one = this.received.get(id);
    if (!one) throw new ApiError("upload-not-found", "gone", "", 404, null);
    this.pieces += 1;
    expect(offset).toBe(one.bytes);
    one.bytes += piece.size; // received, though the answer may be lost
    if (this.breaksAt.has(this.pieces)) throw unreachable(new Error("cut"));
    return await this.status(id);
  };
  status = async (id: string) => ({ id, received_bytes: this.received.get(id)?.bytes ?? 0, piece_bytes: 10 });
  finish = async (id: string) => {
    const path = this.received.get(id)?.path ?? "";
    this.received.delete(id);
    this.placed.push(path);
    return { paths: [path] };
  };
  cancel = async (id: string) => this.received.delete(id);
  pause = async () => {
    this.paused += 1;
  };
}

const blob = (size: number) => new Blob(["x".repeat(size)]);
const states = (uploads: Uploads) => uploads.snapshot().map((upload: Upload) => upload.state);

describe("uploads", () => {
  it("go on where a broken line left off, without sending anything twice", async () => {
    const far = new Far(new Set([2, 3]));
    const uploads = new Uploads(far, () => undefined);
    await uploads.add([{ path: "a", file: blob(45) }]);
    expect(states(uploads)).toEqual(["done"]);
    expect([far.pieces, far.paused]).toEqual([5, 2]);
  });

  it("take up what an earlier visit left unfinished", async () => {
    const far = new Far();
    const { id } = await far.begin("a", blob(45), "refuse");
    await far.append(id, 0, blob(10));
    await new Uploads(far, () => undefined).add([{ path: "a", file: blob(45) }]);
    expect(far.placed).toEqual(["a"]);
    expect(far.pieces).toBe(5);
  });

  it("ask when the name is taken, and go on with the answer", async () => {
    const far = new Far(new Set(), new Set(["a"]));
    const done: string[] = [];
    const uploads = new Uploads(far, (paths) => done.push(...paths));
    await uploads.add([
      { path: "a", file: blob(5) },
      { path: "b", file: blob(0) },
    ]);
    expect(states(uploads)).toEqual(["exists", "done"]);
    await uploads.again(uploads.snapshot()[0]?.key ?? 0, "replace");
    expect(states(uploads)).toEqual(["done", "done"]);
    expect(done).toEqual(["b", "a"]);
    uploads.clearDone();
    expect(uploads.snapshot()).toEqual([]);
  });

  it("give up after a while, keep what was received, and can be tried again", async () => {
    const always = new Set(Array.from({ length: 9 }, (_, index) => index + 1));
    const far = new Far(always);
    far.append = async () => {
      far.pieces += 1;
      if (far.pieces <= 9) throw unreachable(new Error("down"));
      const one = far.received.get("u0");
      if (one) one.bytes = one.size;
      return await far.status("u0");
    };
    const uploads = new Uploads(far, () => undefined);
    await uploads.add([{ path: "a", file: blob(5) }]);
    expect(states(uploads)).toEqual(["failed"]);
    await uploads.again(uploads.snapshot()[0]?.key ?? 0);
    expect(states(uploads)).toEqual(["done"]);
  });
});
