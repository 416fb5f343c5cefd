import { describe, expect, it } from "vitest";
import type { Watcher } from "../../api/client.ts";
import { ApiError, UNREACHABLE, unreachable } from "../../api/errors.ts";
import { isOutOfSight, Publishes, progressedOf } from "./publishes.ts";

const refusal = new ApiError("release-unhealthy", "It answered 500.", "", 409, "r1");

/** A daemon that publishes as the test says, on the test's own clock. */
function publishing(told: (watcher: Watcher, at: (ms: number) => void) => void) {
  let now = 0;
  const followed = async (_name: string, _input: unknown, watcher: Watcher = {}) => {
    told(watcher, (ms) => {
      now = ms;
    });
    return { app: "shop" };
  };
  return new Publishes(followed as never, () => now);
}

describe("a publish as the page hears of it", () => {
  it("has its phases, their times and its log", async () => {
    const publishes = publishing((watcher, at) => {
      at(100);
      watcher.onStep?.({ phase: "building", done: null, total: null });
      watcher.onOutput?.({ stream: "stdout", data: new TextEncoder().encode("14 files\n") });
      at(1_100);
      watcher.onStep?.({ phase: "starting", done: null, total: null });
      at(1_600);
    });
    const run = await publishes.start({ ref: "shop" }, "shop");
    expect(progressedOf(run, 9_999)).toEqual({
      phase: "live",
      failedIn: null,
      seconds: { queued: 0.1, building: 1, starting: 0.5 },
      since: 0,
    });
    expect(run.log.matching("").map((line) => line.text)).toEqual(["14 files"]);
  });

  it("says where it failed, and gives way to the next try", async () => {
    const publishes = publishing((watcher) => {
      watcher.onStep?.({ phase: "starting", done: null, total: null });
      throw refusal;
    });
    const run = await publishes.start({ ref: "shop" }, "shop");
    expect(run.error).toBe(refusal);
    expect(progressedOf(run, 0)).toMatchObject({ phase: "failed", failedIn: "starting" });
    await publishes.start({ ref: "shop" }, "shop");
    expect(publishes.runs().map(({ id }) => id)).toEqual([2]);
  });

  it("goes on out of sight when the connection is lost", async () => {
    const publishes = publishing(() => {
      throw unreachable(new Error("network"));
    });
    const run = await publishes.start({ ref: "shop" }, "shop");
    expect(run.error?.code).toBe(UNREACHABLE);
    expect(isOutOfSight(run)).toBe(true);
  });

  it("tells those who watch of every change, and of nothing else", async () => {
    const publishes = publishing(() => undefined);
    let changes = 0;
    const leave = publishes.watch(() => {
      changes += 1;
    });
    const run = await publishes.start({ ref: "shop" }, "shop");
    publishes.forget(run.id);
    leave();
    publishes.forget(run.id);
    expect(changes).toBe(3);
  });
});
