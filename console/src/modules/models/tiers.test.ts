import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { put, shifted, type Tiers, without } from "./tiers.ts";

const NAMES = ["a", "b", "c", "d"];
const step = fc.tuple(fc.constantFrom(...NAMES), fc.nat(5), fc.constantFrom("put", "out", "up", "down"));

describe("fall-back chains", () => {
  it("have each model once and no empty tier, whatever is done to them", () => {
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        let tiers: Tiers = [];
        for (const [name, tier, what] of steps) {
          if (what === "put") tiers = put(tiers, name, tier);
          else if (what === "out") tiers = without(tiers, name);
          else tiers = shifted(tiers, tier, what === "up" ? -1 : 1);
          const all = tiers.flat();
          expect(new Set(all).size).toBe(all.length);
          expect(tiers.every((names) => names.length > 0)).toBe(true);
          if (what === "put") expect(all).toContain(name);
          if (what === "out") expect(all).not.toContain(name);
        }
      }),
    );
  });

  it("move whole tiers", () => {
    expect(shifted([["a", "b"], ["c"]], 0, 1)).toEqual([["c"], ["a", "b"]]);
    expect(shifted([["a"]], 0, -1)).toEqual([["a"]]);
  });
});
