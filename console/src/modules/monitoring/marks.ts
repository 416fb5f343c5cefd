/** What happened, as marks in charts: each with a shape and in words. Pure. */
import type { OutputOf } from "../../api/operations.ts";
import type { Text } from "../../i18n/en.ts";
import { nameOf } from "../publish/apps.ts";

type Happened = OutputOf<"monitoring.marks">[number];

export interface Mark {
  readonly key: string;
  readonly kind: Happened["kind"];
  readonly time: number;
  readonly words: string;
  /** Where it is told of at length, if anywhere. */
  readonly link: string | null;
}

/** Those that concern what is looked at, or everything: an alert of another database is no business of this one's. */
export function marksOf(happened: readonly Happened[], kind: string, labels: readonly string[], text: Text): Mark[] {
  return happened.filter((one) => concerns(one, kind, labels)).map((one) => markOf(one, text));
}

function concerns({ kind, subject, label }: Happened, seen: string, labels: readonly string[]): boolean {
  if (subject === seen || (subject === "cluster" && OF_BRANCHES.has(seen))) return labels.includes(label);
  return kind === "release" || !OF_BRANCHES.has(seen);
}

/** Kinds whose subjects are branches. */
const OF_BRANCHES: ReadonlySet<string> = new Set(["cluster", "upkeep", "history"]);

function markOf(one: Happened, text: Text): Mark {
  const said = text.monitoring.news[one.news] ?? one.news;
  const title = one.kind === "alert" ? (text.monitoring.rules[one.rule ?? ""] ?? one.title) : one.title;
  const parts = [
    one.kind === "alert" ? `${said}: ${title}` : said,
    [one.label, one.number !== null && `#${one.number}`].filter(Boolean).join(" "),
    one.kind !== "alert" && title,
    one.who && nameOf(one.who),
  ];
  return {
    key: `${one.kind} ${one.news} ${one.label} ${one.time}`,
    kind: one.kind,
    time: Date.parse(one.time),
    words: parts.filter(Boolean).join(" · "),
    link: linkOf(one),
  };
}

function linkOf({ kind, label }: Happened): string | null {
  if (kind === "release") return `/app/${label.slice(label.indexOf("/") + 1)}/releases`;
  return kind === "rewind" ? `/projects/${label}/time` : null;
}
