import { expect, test, vi } from "vitest";
import { ApiError } from "../../api/errors.ts";
import { isWanted, LARGEST_BYTES, type Send, TOO_LARGE, Uploads } from "./uploads.ts";

const files = (...names: string[]) => names.map((path) => ({ path, file: new Blob([path]) }));
const states = (uploads: Uploads) => uploads.snapshot().map(({ name, state }) => `${name} ${state}`);

/** A daemon that answers each file when it is told to. */
function daemon() {
  const ends = new Map<string, { done: (passages: number) => void; fail: (error: unknown) => void }>();
  const send: Send = ({ name, later, onStep, signal }) =>
    new Promise((done, fail) => {
      ends.set(name, { done: (passages) => done({ passages, waiting: later ? 1 : 0 }), fail });
      signal.addEventListener("abort", () => fail(new DOMException("", "AbortError")));
      onStep({ phase: "embedding", done: 1, total: 2 });
    });
  return { send, end: (name: string) => ends.get(name) };
}

test("three are on their way at once, and the next goes when one has come", async () => {
  const far = daemon();
  const onDone = vi.fn();
  const uploads = new Uploads(far.send, onDone);
  uploads.add(files("a", "b", "c", "d"));
  expect(states(uploads)).toEqual(["a working", "b working", "c working", "d waiting"]);
  expect(uploads.snapshot()[0]?.step?.total).toBe(2);
  far.end("b")?.done(7);
  await vi.waitFor(() => expect(states(uploads)).toEqual(["a working", "b done", "c working", "d working"]));
  expect(uploads.snapshot()[1]?.passages).toBe(7);
  expect(onDone).toHaveBeenCalledOnce();
});

test("many at once wait in the daemon's queue", async () => {
  const far = daemon();
  const uploads = new Uploads(far.send, () => undefined);
  uploads.add(files("a", "b", "c", "d", "e", "f"));
  far.end("a")?.done(0);
  await vi.waitFor(() => expect(uploads.snapshot()[0]).toMatchObject({ state: "done", later: true }));
});

test("one that is refused says why, and can be tried again", async () => {
  const far = daemon();
  const uploads = new Uploads(far.send, () => undefined);
  uploads.add(files("broken.pdf"));
  far.end("broken.pdf")?.fail(new ApiError("document-broken", "It is broken.", "Save it anew.", 400, null));
  await vi.waitFor(() => expect(uploads.snapshot()[0]?.error?.hint).toBe("Save it anew."));
  uploads.again(1);
  expect(states(uploads)).toEqual(["broken.pdf working"]);
});

test("one that is too large is not sent, and one that is stopped is forgotten", async () => {
  const far = daemon();
  const uploads = new Uploads(far.send, () => undefined);
  uploads.add([{ path: "film.pdf", file: { size: LARGEST_BYTES + 1 } as Blob }, ...files("a")]);
  expect(uploads.snapshot()[0]?.error?.code).toBe(TOO_LARGE);
  uploads.remove(2);
  await vi.waitFor(() => expect(states(uploads)).toEqual(["film.pdf failed"]));
});

test("hidden files and what packages bring stay outside", () => {
  expect(["a/b.md", "a/.git/config", ".DS_Store", "x/node_modules/y.js"].filter(isWanted)).toEqual(["a/b.md"]);
});
