/** Conditions on the metadata of documents, as a form has them and as the daemon takes them (knowledge/filters.py). Pure. */
import type { JsonValue } from "../../api/operations.ts";

export const COMPARISONS = ["is", "one-of", "not", "gte", "gt", "lte", "lt", "absent"] as const;
export type Comparison = (typeof COMPARISONS)[number];

export interface Condition {
  readonly key: string;
  readonly how: Comparison;
  /** As it is typed: 2024 and true are no texts, "2024" is one; of “one-of”, values with commas between them. */
  readonly value: string;
}

export type Filter = Readonly<Record<string, JsonValue>>;

const RANGES: Readonly<Partial<Record<Comparison, string>>> = {
  not: "ne",
  gte: "gte",
  gt: "gt",
  lte: "lte",
  lt: "lt",
};

/** Conditions without a key are not there yet; of two that cannot hold together, the later is taken. */
export function filterOf(conditions: readonly Condition[]): Filter {
  const filter: Record<string, JsonValue> = {};
  for (const { key: typed, how, value } of conditions) {
    const key = typed.trim();
    const range = RANGES[how];
    if (key === "") continue;
    if (how === "absent") filter[key] = null;
    else if (how === "one-of")
      filter[key] = value
        .split(/[,，]/)
        .map((one) => read(one))
        .filter((one) => one !== "");
    else if (range === undefined) filter[key] = read(value);
    else filter[key] = { ...(isRange(filter[key]) ? filter[key] : {}), [range]: read(value) };
  }
  return filter;
}

/** The conditions of a filter, null for one that the form cannot show. */
export function conditionsOf(filter: Filter): Condition[] | null {
  const conditions: Condition[] = [];
  for (const [key, value] of Object.entries(filter)) {
    if (value === null) conditions.push({ key, how: "absent", value: "" });
    else if (Array.isArray(value)) conditions.push({ key, how: "one-of", value: value.map(written).join(", ") });
    else if (typeof value !== "object") conditions.push({ key, how: "is", value: written(value) });
    else {
      for (const [range, bound] of Object.entries(value)) {
        const how = COMPARISONS.find((one) => RANGES[one] === range);
        if (how === undefined) return null;
        conditions.push({ key, how, value: written(bound ?? null) });
      }
    }
  }
  return conditions;
}

/** What somebody wrote as JSON, null when it is no filter. */
export function parsedFilter(text: string): Filter | null {
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Filter) : null;
  } catch {
    return null;
  }
}

function read(typed: string): string | number | boolean {
  const text = typed.trim();
  if (text === "true" || text === "false") return text === "true";
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  return /^".*"$/.test(text) ? text.slice(1, -1) : text;
}

function written(value: JsonValue): string {
  if (typeof value !== "string") return JSON.stringify(value);
  return read(value) === value ? value : `"${value}"`;
}

function isRange(value: JsonValue | undefined): value is { [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
