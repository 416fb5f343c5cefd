/** What the dashboards show: for each kind its charts, in order. A kind that is not listed shows all of its measures.
 *
 * A chart's title and its lines' names come from the texts by their keys; a line is one measure, or is made of several. */
import type { Unit } from "./units.ts";

export interface Line {
  readonly key: string;
  readonly measures: readonly string[];
  /** Makes one number of the measures'; without it there is one measure, told as it is. */
  readonly of?: (...numbers: number[]) => number | null;
}

export interface Panel {
  readonly key: string;
  readonly lines: readonly Line[];
  /** Where lines are made; else they have that of their measures. */
  readonly unit?: Unit;
  /** The axis reaches at least so far. */
  readonly top?: number;
}

/** Of whatever answers over the web. */
const REQUESTS: readonly Panel[] = [
  panel("requests", [line("requests"), line("failures")]),
  panel("statuses", [line("successes"), line("redirects"), line("refusals")]),
  panel("answers", [line("latency_p50"), line("latency_p95"), line("latency_p99")]),
  panel("sent", [line("sent")]),
];
const RESTARTS = panel("restarts", [line("restarts")]);

export const DASHBOARDS: Readonly<Record<string, readonly Panel[]>> = {
  host: [
    percent("processors", [line("cpu_percent"), line("cpu_disk_wait_percent"), line("cpu_stolen_percent")]),
    panel("memory", [
      made("memory_used", ["memory_total", "memory_available"], (total, available) => total - available),
      line("memory_anonymous"),
      line("memory_cached"),
      line("swap_used"),
    ]),
    percent("disk-space", [used("disk", "disk_total", "disk_free"), used("files", "inodes_total", "inodes_free")]),
    panel("disk-traffic", [line("disk_read"), line("disk_written")]),
    panel("network", [line("network_received"), line("network_sent")]),
    percent("pressure", [line("cpu_pressure_percent"), line("memory_pressure_percent"), line("io_pressure_percent")]),
    percent("stalls", [line("memory_stall_percent"), line("io_stall_percent")]),
    percent("disk-busy", [made("disk_busy", ["disk_busy"], (seconds) => seconds * 100)]),
    panel("load", [line("load1")]),
    panel("file-handles", [line("file_handles")]),
  ],
  daemon: [
    panel("requests", [line("requests"), line("failures")]),
    panel("answers", [line("latency_p50"), line("latency_p95")]),
    { ...panel("processors", [line("cpu_percent")]), unit: "percent" },
    panel("memory", [line("memory_anonymous")]),
    panel("log-of-data", [line("wal_size")]),
    panel("logs-kept", [line("logs_lines")]),
    panel("logs-behind", [line("logs_behind"), line("logs_left_out")]),
    panel("at-work", [line("tasks"), line("threads"), line("connections"), line("open_files")]),
  ],
  cluster: [
    panel("connections", [line("connections"), line("active"), line("idle_in_transaction")]),
    panel("transactions", [line("commits"), line("rollbacks")]),
    percent("cache", [made("cache_hits", ["blocks_hit", "blocks_read"], (hit, read) => share(hit, hit + read))]),
    panel("rows", [line("rows_returned"), line("rows_changed")]),
    panel("blocked", [line("blocked"), line("deadlocks")]),
    panel("waits", [line("transaction_longest"), line("idle_in_transaction_longest"), line("blocked_longest")]),
    panel("log", [line("wal_written")]),
    panel("archive", [line("archive_waiting")]),
    panel("temporary", [line("temporary_bytes")]),
    panel("pages", [line("blocks_read")]),
    panel("transaction-ids", [line("xid_age")]),
    { ...panel("up", [line("up")]), top: 1 },
  ],
  gateway: [...REQUESTS, panel("processors", [line("cpu_percent")]), panel("memory", [line("memory")]), RESTARTS],
  app: [
    ...REQUESTS,
    panel("processors", [line("cpu_percent")]),
    panel("memory", [line("memory"), line("memory_most")]),
    panel("instances", [line("instances"), line("processes")]),
    RESTARTS,
    panel("release", [line("release")]),
  ],
  workspace: [
    panel("processors", [line("cpu_percent")]),
    panel("memory", [line("memory"), line("memory_most")]),
    panel("at-work", [line("processes")]),
  ],
  upkeep: [
    panel("size", [line("size"), line("log_kept")]),
    panel("rows", [line("rows_live"), line("rows_dead")]),
    percent("dead-share", [made("dead_share", ["dead_share"], (of) => of * 100)]),
    panel("vacuum", [line("vacuum_age"), line("analyze_age"), line("unvacuumed_longest"), line("unanalyzed_longest")]),
    panel("checkpoints", [line("checkpoints_timed"), line("checkpoints_requested")]),
    percent("checkpoint-time", [made("checkpoint_time", ["checkpoint_time"], (seconds) => seconds * 100)]),
    panel("processors", [line("cpu_percent")]),
    panel("memory", [line("memory_anonymous")]),
  ],
  history: [
    panel("reach", [line("window"), line("window_wanted")]),
    panel("kept", [line("log_size"), line("bases_size"), line("files_size")]),
    panel("journal-lag", [line("journal_lag")]),
    panel("journal-behind", [line("journal_behind")]),
    panel("archive-lag", [line("archive_lag")]),
    panel("bases", [line("bases"), line("bases_damaged")]),
    panel("ages", [line("base_age"), line("verified_age")]),
    panel("faults", [line("faults"), line("failing")]),
  ],
  node: [
    { ...panel("up", [line("up"), line("draining")]), top: 1 },
    percent("processors", [line("cpu_percent")]),
    panel("memory", [
      made("memory_used", ["memory_total", "memory_available"], (total, available) => total - available),
      line("swap_used"),
    ]),
    percent("disk-space", [used("disk", "disk_total", "disk_free")]),
    percent("pressure", [line("cpu_pressure_percent"), line("memory_pressure_percent"), line("io_pressure_percent")]),
    panel("load", [line("load1")]),
    panel("silence", [line("silence")]),
    panel("at-work", [line("jobs")]),
  ],
  jobs: [
    panel("queue", [line("waiting"), line("running")]),
    panel("waits", [line("waiting_longest"), line("running_longest")]),
    panel("ended", [line("done"), line("failed"), line("dead"), line("cancelled")]),
  ],
  model: [
    panel("calls", [line("calls"), line("cached"), line("errors")]),
    panel("answers", [line("latency_p50"), line("latency_p95"), line("first_token_p95")]),
    panel("tokens", [line("input_tokens"), line("output_tokens")]),
    panel("cost", [made("cost", ["cost_usd"], (dollars) => dollars * 3600)]),
  ],
  budget: [panel("spent", [line("spent_usd"), line("limit_usd")])],
  knowledge: [
    panel("queue", [line("waiting"), line("failed")]),
    panel("waits", [line("waiting_longest")]),
    { ...panel("held", [line("held")]), top: 1 },
  ],
  certificate: [panel("days-left", [line("days_left")])],
};

/** The charts of a kind, of the measures there are: those listed, else one for each measure. */
export function panelsOf(kind: string, measures: readonly string[]): readonly Panel[] {
  const listed = DASHBOARDS[kind] ?? measures.map((measure) => panel(measure, [line(measure)]));
  return listed
    .map((each) => ({
      ...each,
      lines: each.lines.filter((one) => one.measures.every((name) => measures.includes(name))),
    }))
    .filter(({ lines }) => lines.length > 0);
}

/** What the small line beside a number of the overview shows, by kind and the number's name. */
export const SPARKS: Readonly<Record<string, Readonly<Record<string, Line>>>> = {
  host: {
    processors: line("cpu_percent"),
    memory: used("memory", "memory_total", "memory_available"),
    disk: used("disk", "disk_total", "disk_free"),
  },
  daemon: {
    processors: line("cpu_percent"),
    memory: line("memory_anonymous"),
    requests: line("requests"),
    "answers-within": line("latency_p95"),
  },
  gateway: {
    processors: line("cpu_percent"),
    memory: line("memory"),
    requests: line("requests"),
    "answers-within": line("latency_p95"),
  },
  jobs: { waiting: line("waiting"), running: line("running") },
};

/** All measures that the charts are made of, each once. */
export function measuresOf(lines: readonly Line[]): string[] {
  return [...new Set(lines.flatMap(({ measures }) => measures))];
}

/** For several subjects: a chart for each line, so that a colour always stands for a subject. */
export function oneLineEach(panels: readonly Panel[]): Panel[] {
  return panels.flatMap((each) =>
    each.lines.length === 1
      ? [each]
      : each.lines.map((one) => ({ ...each, key: `${each.key} ${one.key}`, lines: [one] })),
  );
}

function panel(key: string, lines: readonly Line[]): Panel {
  return { key, lines };
}

function percent(key: string, lines: readonly Line[]): Panel {
  return { key, lines, unit: "percent", top: 100 };
}

function line(measure: string): Line {
  return { key: measure, measures: [measure] };
}

function made(key: string, measures: readonly string[], of: (...numbers: number[]) => number | null): Line {
  return { key, measures, of };
}

function used(key: string, total: string, free: string): Line {
  return made(`${key}_used`, [total, free], (all, left) => share(all - left, all));
}

/** In percent; null of nothing. */
function share(part: number, whole: number): number | null {
  return whole > 0 ? (100 * part) / whole : null;
}
