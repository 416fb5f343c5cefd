/** Words of monitoring: the overview, the dashboards, and what is measured. */
const s = (count: number, one: string, many: string) => (count === 1 ? one : many);

export const monitoring = {
  monitoring: {
    title: "Monitoring",
    about: "Whether everything is well, and why when it is not.",
    tabs: {
      overview: "Overview",
      dashboards: "Dashboards",
      logs: "Logs",
      statements: "Slow queries",
      alerts: "Alerts",
    },
    lights: { good: "well", attention: "needs a look", unknown: "not measured", bad: "in trouble" },
    whole: {
      good: "All is well",
      attention: (count: number) => s(count, "One thing needs a look", `${count} things need a look`),
      unknown: "What is going on is not measured",
      bad: (count: number) => s(count, "One thing is in trouble", `${count} things are in trouble`),
    },
    lookedAt: "looked at",
    count: (count: number, word: string) => `${count} ${word}`,
    nothing: "Nothing was measured yet",
    nothingAbout: "The first numbers come within a minute. Branches that you may enter appear here as they start.",
    firing: "What is the matter",
    since: "since",
    notForLong: "not for long yet",
    seenTo: (who: string) => `${who} sees to it`,
    silenced: "silenced",
    levels: { info: "to know", warning: "warning", critical: "critical" },
    toCharts: "Charts",
    chartsOf: (name: string) => `Charts of ${name}`,
    troubles: "Monitoring itself",
    troubleOf: {
      "no-channel": "Nobody is told when something is wrong: there is no channel yet.",
      "alerts-not-told": "Alerts cannot be written down or told now.",
      "too-many-subjects": "There is more than can be measured; some of it is not.",
    } as Readonly<Record<string, string>>,
    status: "State",
    name: "Name",
    /** Of each kind: one of them, and all of them as a title. */
    kinds: {
      host: { one: "machine", many: "Machine" },
      daemon: { one: "Nacre", many: "Nacre" },
      cluster: { one: "database", many: "Databases" },
      app: { one: "app", many: "Apps" },
      gateway: { one: "gateway", many: "Gateway" },
      workspace: { one: "workspace", many: "Workspaces" },
      certificate: { one: "certificate", many: "Certificates" },
      history: { one: "time machine", many: "Time machine" },
      node: { one: "node", many: "Nodes" },
      jobs: { one: "job queue", many: "Job queue" },
      model: { one: "model", many: "Models" },
    } as Readonly<Record<string, { readonly one: string; readonly many: string }>>,
    figures: {
      processors: "Processors",
      memory: "Memory",
      disk: "Disk",
      "disk-left": "Disk left",
      requests: "Requests a second",
      failed: "Failed",
      "answers-within": "95% answered within",
      connections: "Connections",
      transactions: "Transactions a second",
      "cache-hits": "Found in cache",
      blocked: "Waiting for locks",
      "longest-transaction": "Oldest transaction",
    } as Readonly<Record<string, string>>,
    /** By the name of a built-in rule, where the language has its own title for it. */
    rules: {} as Readonly<Record<string, string>>,
  },
};

export type MonitoringText = typeof monitoring;
