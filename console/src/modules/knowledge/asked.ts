/** What is sought, as the address of a search has it, so that a link to it can be sent. Pure. */
import type { InputOf } from "../../api/operations.ts";
import { type Filter, parsedFilter } from "./filter.ts";

export type Mode = "hybrid" | "vector" | "text";
export const MODES = ["hybrid", "vector", "text"] as const;
export const COUNTS = [5, 10, 20, 50, 100] as const;
export const USUAL_COUNT = 10;

export interface Asked {
  readonly q?: string;
  /** Which collections; left out on the pages of one. */
  readonly in?: readonly string[];
  readonly mode?: Exclude<Mode, "hybrid">;
  readonly filter?: Filter;
  readonly k?: number;
}

/** What stands in an address, without what cannot be there. */
export function readSearch(search: Record<string, unknown>): Asked {
  const mode = MODES.find((one) => one === search.mode);
  const filter = typeof search.filter === "object" ? parsedFilter(JSON.stringify(search.filter)) : null;
  const k = COUNTS.find((one) => one === search.k);
  const within = [search.in].flat().filter((name) => typeof name === "string");
  return {
    ...(search.q === undefined || search.q === "" ? {} : { q: String(search.q) }),
    ...(within.length > 0 ? { in: within } : {}),
    ...(mode === undefined || mode === "hybrid" ? {} : { mode }),
    ...(filter === null || Object.keys(filter).length === 0 ? {} : { filter }),
    ...(k === undefined || k === USUAL_COUNT ? {} : { k }),
  };
}

export const SCANS = ["auto", "exact", "coarse"] as const;
export type Scan = (typeof SCANS)[number];

/** A search that is looked into, and the passage that was expected of it. */
export interface Tested extends Asked {
  readonly scan?: Exclude<Scan, "auto">;
  /** What reads the best passages and orders them anew. */
  readonly rerank?: string;
  readonly expected?: string;
  readonly position?: number;
}

export function readTested(search: Record<string, unknown>): Tested {
  const scan = SCANS.find((one) => one === search.scan);
  const { expected, position, rerank } = search;
  const named = expected !== undefined && expected !== "";
  return {
    ...readSearch(search),
    ...(scan === undefined || scan === "auto" ? {} : { scan }),
    ...(typeof rerank === "string" && rerank !== "" ? { rerank } : {}),
    ...(named ? { expected: String(expected) } : {}),
    ...(named && typeof position === "number" && position >= 1 ? { position } : {}),
  };
}

export function testOf(tested: Tested, collections: readonly string[]): InputOf<"search.knowledge"> {
  return {
    ...searchOf(tested, collections),
    ...(tested.scan ? { scan: tested.scan } : {}),
    ...(tested.rerank ? { rerank: tested.rerank } : {}),
    ...(tested.expected ? { expected: tested.expected } : {}),
    ...(tested.position ? { expected_position: tested.position } : {}),
    explain: true,
  };
}

/** What the daemon is asked. */
export function searchOf(asked: Asked, collections: readonly string[]): InputOf<"search.knowledge"> {
  return {
    collection: [...collections],
    query_text: asked.q ?? "",
    top_k: asked.k ?? USUAL_COUNT,
    ...(asked.mode ? { mode: asked.mode } : {}),
    ...(asked.filter ? { filter: { ...asked.filter } } : {}),
  };
}
