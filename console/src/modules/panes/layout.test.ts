import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dragged, LEAST_SHARE, remembered, toggled } from "./layout.ts";

const three = [
  { share: 0.2, collapsed: false },
  { share: 0.5, collapsed: false },
  { share: 0.3, collapsed: false },
];

describe("panes", () => {
  it("share the room whatever is dragged", () => {
    const drag = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.double({ min: -2, max: 2, noNaN: true }));
    fc.assert(
      fc.property(fc.array(drag), (drags) => {
        const panes = drags.reduce((now, [index, by]) => dragged(now, index, by), three);
        expect(panes.reduce((sum, pane) => sum + pane.share, 0)).toBeCloseTo(1);
        expect(Math.min(...panes.map((pane) => pane.share))).toBeGreaterThanOrEqual(LEAST_SHARE - 1e-9);
      }),
    );
  });

  it("fold away, but never the last one", () => {
    const folded = toggled(toggled(three, 0), 2);
    expect(folded.map((pane) => pane.collapsed)).toEqual([true, false, true]);
    expect(toggled(folded, 1)).toEqual(folded);
    expect(toggled(folded, 0)[0]).toEqual(three[0]);
  });

  it("are as they were left, unless that cannot be", () => {
    expect(remembered(JSON.stringify(toggled(three, 0)), three)).toEqual(toggled(three, 0));
    for (const kept of [null, "", "[]", "{}", '[{"share":1}]', "[null,null,null]"]) {
      expect(remembered(kept, three)).toBe(three);
    }
  });
});
