/** What is looked for, as it stands in the address, and as operations take it. Pure. */
import type { InputOf, OutputOf } from "../../api/operations.ts";
import { rangeOf } from "../monitoring/range.ts";

export type Line = OutputOf<"log.search">["lines"][number];
export type Source = OutputOf<"log.list">[number];
export type Counts = OutputOf<"log.counts">;
export type Level = Line["level"];

export const LEVELS: readonly Level[] = ["unknown", "debug", "info", "warning", "error", "fatal"];
export const AGES = ["15m", "1h", "6h", "24h", "7d", "30d"] as const;

/** `of` is a branch, an app or a part of Nacre; `source` names logs by commas; `line` is one that is open. */
export interface Asked {
  q?: string;
  of?: string;
  source?: string;
  level?: Level;
  since?: string;
  until?: string;
  line?: string;
  /** What comes is followed. */
  live?: boolean;
}

export function askedIn(search: Record<string, unknown>): Asked {
  const texts = ["q", "of", "source", "since", "until", "line"].flatMap((name) => {
    const value = search[name];
    return ["string", "number", "boolean"].includes(typeof value) && value !== "" ? [[name, String(value)]] : [];
  });
  const level = LEVELS.find((each) => each === search.level && each !== "unknown");
  return { ...Object.fromEntries(texts), ...(level ? { level } : {}), ...(search.live === true ? { live: true } : {}) };
}

/** Without the time. */
export function questionOf({ q, of, source, level }: Asked): InputOf<"log.follow"> {
  return {
    ...(q ? { query: q } : {}),
    ...(of ? { of } : {}),
    ...(source ? { source: source.split(",") } : {}),
    ...(level ? { level } : {}),
  };
}

export function searchOf(asked: Asked): InputOf<"log.search"> {
  const { since, until } = rangeOf(asked);
  return { ...questionOf(asked), since, ...(until === undefined ? {} : { until }) };
}

/** How a line is named in an address. */
export function nameOfLine({ source, number }: Pick<Line, "source" | "number">): string {
  return `${source}~${number}`;
}

/** One more condition: the field has this value, or has it not. */
export function withField(query: string, name: string, value: string, without = false): string {
  const plain = /^[^\s"]+$/.test(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`;
  const condition = `${without ? "-" : ""}${name}=${plain}`;
  return query.split(/\s+/).includes(condition) ? query : `${query} ${condition}`.trim();
}
