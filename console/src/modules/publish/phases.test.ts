import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { heardOf, isUnderWay, PHASES, phasesOf, progressedBy, sharesOf, totalOf } from "./phases.ts";

const seconds = fc.dictionary(fc.constantFrom(...PHASES), fc.double({ min: 0, max: 600, noNaN: true }));
const phase = fc.constantFrom(...PHASES, "live", "failed", "cancelled");

describe("the phases of a publish", () => {
  it("are done before the present one, and to come after it", () => {
    const shown = phasesOf({ phase: "starting", failedIn: null, seconds: { queued: 0.1, building: 2 }, since: 0.5 });
    expect(shown.map(({ name, state }) => `${name} ${state}`)).toEqual([
      "queued done",
      "building done",
      "starting running",
      "switching waiting",
    ]);
    expect(totalOf(shown)).toBeCloseTo(2.6);
  });

  it("say where it failed", () => {
    const shown = phasesOf({ phase: "failed", failedIn: "building", seconds: { queued: 0.1, building: 4 }, since: 0 });
    expect(shown.at(-1)).toEqual({ name: "building", state: "failed", seconds: 4 });
  });

  it("keep their order, and at most one of them runs", () => {
    fc.assert(
      fc.property(phase, seconds, (now, took) => {
        const shown = phasesOf({ phase: now, failedIn: null, seconds: took, since: 1 });
        const places = shown.map(({ name }) => PHASES.indexOf(name));
        expect(places).toEqual(places.toSorted((a, b) => a - b));
        expect(shown.filter(({ state }) => state === "running").length).toBe(isUnderWay(now) ? 1 : 0);
      }),
    );
  });

  it("fill the bar whole, and each can be seen", () => {
    fc.assert(
      fc.property(seconds, (took) => {
        const shares = [...sharesOf(phasesOf({ phase: "live", failedIn: null, seconds: took, since: 0 })).values()];
        const sum = shares.reduce((all, share) => all + share, 0);
        expect(shares.every((share) => share > 0.01)).toBe(true);
        if (shares.length > 0) expect(sum).toBeCloseTo(1);
      }),
    );
  });

  it("are timed by when they were heard of", () => {
    const heard = [
      ["queued", 0],
      ["queued", 50],
      ["building", 200],
      ["unpacking", 300],
      ["starting", 2200],
    ].reduce((so: ReturnType<typeof heardOf>, [word, at]) => heardOf(so, String(word), Number(at)), []);
    expect(progressedBy(heard, 2700, null)).toEqual({
      phase: "starting",
      failedIn: null,
      seconds: { queued: 0.2, building: 2 },
      since: 0.5,
    });
    expect(progressedBy(heard, 3200, "failed")).toMatchObject({ failedIn: "starting", seconds: { starting: 1 } });
    expect(progressedBy([], 0, null).phase).toBe("queued");
  });
});
