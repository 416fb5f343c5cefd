/** Words of the log explorer: what is looked for, when it was, the lines, and what comes. */
const s = (count: number, one: string, many: string) => (count === 1 ? one : many);

export const logbook = {
  logbook: {
    query: "Query",
    placeholder: "Words, “phrases”, -without, field=value, /expression/",
    help: {
      title: "How to ask",
      about: "Lines that meet all of it are shown. Upper and lower case are the same.",
      ways: [
        ["timeout", "a word"],
        ['"connection reset"', "words as they stand beside each other"],
        ["-health", "lines without it"],
        ["status=500", "a field of JSON, or name=value"],
        ["*part*", "also within words"],
        ["/time(d )?out/", "a regular expression"],
      ] as readonly (readonly [string, string])[],
    },
    levels: {
      unknown: "all levels",
      debug: "debug and worse",
      info: "info and worse",
      warning: "warnings and worse",
      error: "errors and worse",
      fatal: "fatal only",
    } as Readonly<Record<string, string>>,
    level: "Level",
    levelOf: {
      unknown: "–",
      debug: "debug",
      info: "info",
      warning: "warning",
      error: "error",
      fatal: "fatal",
    } as Readonly<Record<string, string>>,
    sources: {
      all: "All logs",
      some: (count: number) => `${count} ${s(count, "log", "logs")}`,
      title: "Logs",
      filter: "Filter the logs",
      clear: "All logs",
      kinds: {
        nacre: "Nacre itself",
        postgres: "Postgres",
        app: "Apps",
        requests: "Requests to apps",
        audit: "What people did",
        release: "Releases",
        workspace: "Workspaces",
      } as Readonly<Record<string, string>>,
      past: "no longer followed",
    },
    range: "Time",
    ages: { "15m": "15 min", "1h": "1 h", "6h": "6 h", "24h": "24 h", "7d": "7 d", "30d": "30 d" } as Readonly<
      Record<string, string>
    >,
    fromTo: (from: string, to: string) => `${from} – ${to}`,
    wholeTime: "Last hour again",
    live: "Live",
    pause: "Pause",
    resume: (count: number) => (count === 0 ? "Go on" : `Go on: ${count} ${s(count, "new line", "new lines")}`),
    waiting: "Waiting for lines…",
    share: "Copy a link to this",
    shared: "The link is copied; it keeps this time.",
    histogram: "Lines over time",
    histogramHint: "Drag to choose a time; or arrows, Shift with arrows, and Enter",
    bucket: (count: string, from: string, errors: string) =>
      `${from}: ${count} ${count === "1" ? "line" : "lines"}, ${errors} of them errors`,
    total: (count: string) => `${count} ${count === "1" ? "line" : "lines"}`,
    lines: "Lines",
    incomplete: "Time was up before everything was looked at. A shorter time or fewer logs answer faster.",
    late: (node: string, since: string) =>
      `The node ${node} is not heard of since ${since}: its lines from then on are missing, and follow later.`,
    missing: (count: number) => `${count} ${s(count, "line", "lines")} cannot be read any more.`,
    older: "Looking further back…",
    end: "Nothing older in this time.",
    line: {
      open: (number: number) => `Line ${number}`,
      more: (count: number) => `+ ${count} ${s(count, "line", "lines")}`,
      fields: "Fields",
      only: (field: string) => `Only lines with ${field}`,
      without: (field: string) => `Lines without ${field}`,
      copy: "this line",
      around: "Around it",
      showAround: "Show what is around it",
      request: "All lines of this request",
      onlySource: "Only this log",
    },
    empty: {
      title: "No lines here",
      about: "In this time nothing meets the query. Look further back, at more logs, or for less.",
      wider: "The last week",
      clear: "Without the query",
    },
    none: {
      title: "Nothing is logged yet",
      about:
        "What Nacre, your databases, apps and workspaces write comes here by itself, seconds after it was written.",
    },
  },
};

export type LogbookText = typeof logbook;
