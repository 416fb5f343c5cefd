import { describe, expect, it } from "vitest";
import type { Alert, Rule } from "./alerts.ts";
import { grouped, settingOf, silencingOf } from "./alerts.ts";
import { draftOf, NEW, nameFrom, putIn, settingFrom, trialFrom } from "./draft.ts";

const RULE: Rule = {
  name: "disk-low",
  kind: "host",
  title: "The disk is filling up",
  formula: "disk_free / disk_total",
  unit: "share",
  above: null,
  below: 0.1,
  hold_s: 300,
  level: "warning",
  scope: "*",
  enabled: true,
  origin: "built-in",
};

describe("the form of a rule", () => {
  it("gives back the rule that it was opened with", () => {
    const { enabled: _, ...setting } = settingOf(RULE);
    expect(settingFrom(draftOf(RULE))).toEqual(setting);
    expect(draftOf({ ...RULE, hold_s: 90 })).toMatchObject({ hold: "90", holdUnit: 1 });
    expect(draftOf({ ...RULE, hold_s: 0 })).toMatchObject({ hold: "0", holdUnit: 1 });
  });

  it("asks for what is missing, and tries what is there", () => {
    expect(settingFrom(NEW)).toBeNull();
    expect(settingFrom({ ...NEW, name: "mine", title: "Mine", bound: "much" })).toBeNull();
    expect(settingFrom({ ...NEW, name: "Mine", title: "Mine" })).toBeNull();
    expect(trialFrom(NEW)).toEqual({ kind: "cluster", formula: NEW.formula, above: 0.5, scope: "*" });
    expect(trialFrom({ ...NEW, way: "below", bound: "1e9" })).toMatchObject({ below: 1e9 });
    expect(trialFrom({ ...NEW, bound: "" })).toBeNull();
  });

  it("names a rule by what people are told, and puts measures in", () => {
    expect(nameFrom("Too many sessions!")).toBe("too-many-sessions");
    expect(nameFrom("95 % busy")).toBe("busy");
    expect(putIn("a / ", "commits", true, 4, 4)).toBe("a / rate(commits)");
    expect(putIn("active > b", "up", false, 0, 6)).toBe("up > b");
  });
});

describe("what stands", () => {
  it("is told the worst first, and what may come last", () => {
    const alerts = [
      { rule: "a", level: "info", stage: "firing" },
      { rule: "b", level: "critical", stage: "pending" },
      { rule: "c", level: "critical", stage: "firing" },
    ] as Alert[];
    expect(grouped(alerts).map(({ name, alerts: some }) => [name, some.map((one) => one.rule)])).toEqual([
      ["critical", ["c"]],
      ["info", ["a"]],
      ["pending", ["b"]],
    ]);
  });

  it("is silenced anew for as long as was left", () => {
    const until = "2026-03-01T12:30:00Z";
    const silence = { id: 3, rule: "a", label: "*", reason: "work", made_by: "person:ann", until };
    const at = (time: string) => silencingOf(silence, new Date(time).getTime());
    expect(at("2026-03-01T12:00:00Z")).toEqual({ rule: "a", label: "*", reason: "work", minutes: 30 });
    expect(at("2026-03-01T13:00:00Z").minutes).toBe(1);
  });
});
