import { expect, test } from "vitest";
import { branchesTogether, byKind, type SubjectHealth } from "./health.ts";

function subject(kind: string, label: string, light: SubjectHealth["light"], ...names: string[]): SubjectHealth {
  const figures = names.map((name, value) => ({ name, value, unit: "" as const }));
  return { kind, label, light, looked_at: "2026-11-28T12:00:00Z", figures, alerts: [] } as SubjectHealth;
}

const ALL = [
  subject("upkeep", "shop", "attention", "size", "dead-rows"),
  subject("cluster", "blog", "good", "connections"),
  subject("cluster", "shop", "good", "connections"),
  subject("history", "shop", "good", "reaches-back"),
  subject("host", "", "good", "disk"),
];

test("a branch stands once, with the worst of what is known of it", () => {
  const together = branchesTogether(ALL);
  expect(together.map(({ kind, label, light }) => [kind, label, light])).toEqual([
    ["cluster", "blog", "good"],
    ["cluster", "shop", "attention"],
    ["host", "", "good"],
  ]);
  expect(together[1]?.figures.map(({ name }) => name)).toEqual(["connections", "size", "reaches-back"]);
  expect(together[0]?.figures.map(({ value }) => value)).toEqual([0, null, null]); // nothing is known of it yet
});

test("kinds stand in the order that is wanted, the others as they come", () => {
  expect(byKind(ALL, ["host", "cluster"]).map(([kind]) => kind)).toEqual(["host", "cluster", "upkeep", "history"]);
});
