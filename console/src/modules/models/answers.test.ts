import { describe, expect, it } from "vitest";
import { ApiError } from "../../api/errors.ts";
import { type Answer, heard, WAITING } from "./answers.ts";

type Reply = { tokens: number };
const started = (): Answer<Reply> => WAITING;

describe("an answer that streams", () => {
  it("grows by its pieces, and knows when the first text came", () => {
    const signOfLife = heard(started(), { kind: "piece", text: "", ms: 5 });
    expect(signOfLife).toMatchObject({ state: "streaming", firstMs: null });
    const grown = ["He", "llo"].reduce(
      (answer, text, at) => heard(answer, { kind: "piece", text, ms: 20 + at }),
      signOfLife,
    );
    expect(grown).toMatchObject({ text: "Hello", firstMs: 20, tookMs: null });
    const done = heard(grown, { kind: "done", reply: { tokens: 2 }, text: "Hello", ms: 30 });
    expect(done).toMatchObject({ state: "done", text: "Hello", firstMs: 20, tookMs: 30, reply: { tokens: 2 } });
  });

  it("keeps what had come when it fails or is cancelled, and takes no more", () => {
    const some = heard(started(), { kind: "piece", text: "Hel", ms: 20 });
    const cancelled = heard(some, { kind: "cancelled", ms: 25 });
    expect(cancelled).toMatchObject({ state: "cancelled", text: "Hel", tookMs: 25 });
    expect(heard(cancelled, { kind: "piece", text: "lo", ms: 26 })).toBe(cancelled);
    const error = new ApiError("provider-down", "It is down.", "", 503, null);
    expect(heard(some, { kind: "failed", error, ms: 40 })).toMatchObject({ state: "failed", text: "Hel", error });
  });

  it("takes the whole text from the end when nothing streamed", () => {
    expect(heard(started(), { kind: "done", reply: { tokens: 1 }, text: "Hi", ms: 9 })).toMatchObject({
      text: "Hi",
      firstMs: 9,
    });
  });
});
