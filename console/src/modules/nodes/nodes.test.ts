import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { appsOn, inOrder, jobsOn, logsFrom, type Node, pressureOf, standingsOf, takersOf, usesOf } from "./nodes.ts";

const MACHINE = {
  processors: 4,
  cpu_percent: 25,
  load1: 1,
  memory_total_bytes: 8e9,
  memory_available_bytes: 2e9,
  disk_total_bytes: 100e9,
  disk_free_bytes: 4e9,
};

const node = (more: Partial<Node>): Node => ({
  name: "shelf",
  roles: ["runtime"],
  state: "ready",
  lost_since: null,
  machine: MACHINE,
  version: "0.1.0",
  created_by: "person:ann",
  created_at: "2026-11-28T10:00:00Z",
  last_heard_at: "2026-11-28T11:00:00Z",
  address: "192.0.2.7:8430",
  ...more,
});

describe("how a node stands", () => {
  it("is what the daemon says of it", () => {
    expect(standingsOf(node({}))).toEqual(["ready"]);
    expect(standingsOf(node({ state: "drained" }))).toEqual(["drained"]);
    expect(standingsOf(node({ state: "never joined", machine: null, address: null }))).toEqual(["never joined"]);
  });
  it("says of one that drains and is lost both, the worse first", () => {
    const lost = node({ state: "draining", lost_since: "2026-11-28T11:00:00Z", machine: null });
    expect(standingsOf(lost)).toEqual(["silent", "draining"]);
  });
  it("says that one that runs apps does not answer before it counts as lost", () => {
    expect(standingsOf(node({ machine: null }))).toEqual(["unheard"]);
    expect(standingsOf(node({ machine: null, state: "drained" }))).toEqual(["unheard", "drained"]);
  });
  it("asks no figures of one that only builds", () => {
    expect(standingsOf(node({ machine: null, address: null, roles: ["runner"] }))).toEqual(["ready"]);
  });
});

describe("how full a machine is", () => {
  it("is what is used of what there is", () => {
    expect(usesOf(MACHINE)).toEqual([
      { key: "processors", share: 0.25, used: null, total: 4 },
      { key: "memory", share: 0.75, used: 6e9, total: 8e9 },
      { key: "disk", share: 0.96, used: 96e9, total: 100e9 },
    ]);
    expect(usesOf({ ...MACHINE, cpu_percent: null })[0]?.share).toBeNull();
  });
  it("is a share between nothing and all", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (total, free) => {
        const shares = usesOf({ ...MACHINE, memory_total_bytes: total, memory_available_bytes: free });
        return shares.every(({ share }) => share === null || (share >= 0 && share <= 1));
      }),
    );
  });
  it("is told by colour where it comes near its end", () => {
    expect([null, 0.79, 0.8, 0.94, 0.95, 1].map(pressureOf)).toEqual(["calm", "calm", "near", "near", "full", "full"]);
  });
});

it("has the apps and the jobs of one node, and of none whose name begins alike", () => {
  const apps = [{ node: "shelf" }, { node: "shelf-2" }, { node: null }];
  expect(appsOn("shelf", apps)).toEqual([{ node: "shelf" }]);
  const jobs = [
    { runner: "shelf/1", state: "running" },
    { runner: "shelf-2/1", state: "running" },
    { runner: "shelf/2", state: "done" },
    { runner: null, state: "waiting" },
  ] as const;
  expect(jobsOn("shelf", jobs)).toEqual([jobs[0]]);
});

it("shows the machine of the daemon first, and the others as they come", () => {
  const names = ["attic", "local", "shelf"];
  expect(inOrder(names.map((name) => node({ name }))).map(({ name }) => name)).toEqual(["local", "attic", "shelf"]);
});

it("lets an app go only where apps are taken", () => {
  const nodes = [
    node({ name: "local", address: null }),
    node({}),
    node({ name: "drains", state: "draining" }),
    node({ name: "lost", machine: null }),
    node({ name: "builds", roles: ["runner"] }),
  ];
  expect(takersOf(nodes, null).map(({ name }) => name)).toEqual(["local", "shelf"]);
  expect(takersOf(nodes, "shelf").map(({ name }) => name)).toEqual(["local"]);
});

it("names the logs that come from a node", () => {
  const sources = [
    { key: "a", node: "shelf" },
    { key: "b", node: null },
    { key: "c", node: "shelf" },
  ];
  expect(logsFrom("shelf", sources)).toBe("a,c");
  expect(logsFrom("attic", sources)).toBe("");
});
