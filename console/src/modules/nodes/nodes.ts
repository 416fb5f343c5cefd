/** How a node stands in words, how full it is, and what runs on it. Pure. */
import type { OutputOf } from "../../api/operations.ts";
import type { Tone } from "../../components/Status.tsx";

export type Node = OutputOf<"node.list">[number];
export type Machine = NonNullable<Node["machine"]>;
type App = OutputOf<"app.list">[number];
type Job = OutputOf<"job.list">[number];

/** The machine of the daemon itself. */
export const HERE = "local";

/** `unheard`: it runs apps, and did not answer for some seconds; it may still be nothing. */
export type Standing = Node["state"] | "unheard";

const TONES: Readonly<Record<Standing, Tone>> = {
  ready: "good",
  draining: "wait",
  drained: "still",
  silent: "bad",
  unheard: "wait",
  "never joined": "wait",
  expired: "bad",
};

export function toneOfNode(standing: Standing): Tone {
  return TONES[standing];
}

/** One that drains may be lost as well: then both are said, what is worse first. */
export function standingsOf(node: Pick<Node, "state" | "lost_since" | "machine" | "address">): Standing[] {
  if (node.lost_since !== null) return isDraining(node) ? ["silent", node.state] : ["silent"];
  const unheard = node.address !== null && node.machine === null;
  return unheard ? (isDraining(node) ? ["unheard", node.state] : ["unheard"]) : [node.state];
}

export function isDraining({ state }: Pick<Node, "state">): boolean {
  return state === "draining" || state === "drained";
}

export function hasJoined({ state }: Pick<Node, "state">): boolean {
  return state !== "never joined" && state !== "expired";
}

/** The daemon's own machine first. */
export function inOrder(nodes: readonly Node[]): Node[] {
  return [...nodes].sort((a, b) => Number(b.name === HERE) - Number(a.name === HERE));
}

export interface Use {
  readonly key: "processors" | "memory" | "disk";
  /** Of all that there is; null while it is not known. */
  readonly share: number | null;
  /** Bytes; of processors how many there are. */
  readonly used: number | null;
  readonly total: number;
}

export function usesOf(machine: Machine): Use[] {
  const { processors, cpu_percent: busy } = machine;
  return [
    { key: "processors", share: busy === null ? null : busy / 100, used: null, total: processors },
    used("memory", machine.memory_total_bytes, machine.memory_available_bytes),
    used("disk", machine.disk_total_bytes, machine.disk_free_bytes),
  ];
}

function used(key: Use["key"], total: number, free: number): Use {
  const taken = Math.max(0, total - free);
  return { key, share: total > 0 ? Math.min(1, taken / total) : null, used: taken, total };
}

/** How near its end something is. */
export function pressureOf(share: number | null): "calm" | "near" | "full" {
  if (share === null || share < 0.8) return "calm";
  return share < 0.95 ? "near" : "full";
}

export function appsOn<One extends Pick<App, "node">>(node: string, apps: readonly One[]): One[] {
  return apps.filter((app) => app.node === node);
}

/** Those that its runners have in hand; a runner is written NODE/SLOT. */
export function jobsOn<One extends Pick<Job, "runner" | "state">>(node: string, jobs: readonly One[]): One[] {
  return jobs.filter(({ runner, state }) => state === "running" && runner?.split("/")[0] === node);
}

/** The nodes that an app can be moved to. */
export function takersOf(nodes: readonly Node[], now: string | null): Node[] {
  return nodes.filter(
    (node) =>
      node.name !== now &&
      node.roles.includes("runtime") &&
      node.state === "ready" &&
      (node.name === HERE || (node.address !== null && node.machine !== null)),
  );
}

/** The logs that come from there, as the explorer names them. */
export function logsFrom(node: string, sources: readonly Pick<OutputOf<"log.list">[number], "key" | "node">[]): string {
  return sources
    .filter((one) => one.node === node)
    .map(({ key }) => key)
    .join(",");
}
