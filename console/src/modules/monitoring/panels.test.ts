import { expect, test } from "vitest";
import { DASHBOARDS, measuresOf, oneLineEach, panelsOf } from "./panels.ts";

test("a kind that is not listed shows all of its measures, each in a chart of its own", () => {
  expect(panelsOf("press", ["pages", "ink"]).map(({ key, lines }) => [key, measuresOf(lines)])).toEqual([
    ["pages", ["pages"]],
    ["ink", ["ink"]],
  ]);
});

test("what an older daemon does not measure is left out, and the rest is shown", () => {
  const shown = panelsOf("host", ["cpu_percent", "memory_total", "load1"]);
  expect(shown.map(({ key }) => key)).toEqual(["processors", "load"]);
  expect(shown[0]?.lines.map(({ key }) => key)).toEqual(["cpu_percent"]); // no memory, which takes two measures
});

test("of several subjects each line has a chart, so that a colour stands for a subject", () => {
  for (const [kind, panels] of Object.entries(DASHBOARDS)) {
    const apart = oneLineEach(panels);
    expect(apart.every(({ lines }) => lines.length === 1)).toBe(true);
    expect(new Set(apart.map(({ key }) => key)).size, kind).toBe(apart.length);
  }
});
