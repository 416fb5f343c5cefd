/** What a collection can be kept in step with, and what is asked for each kind. Pure. */
import type { InputOf, OutputOf } from "../../api/operations.ts";
import type { Tone } from "../../components/Status.tsx";

export type Source = OutputOf<"knowledge.source.list">[number];
export type SourceKind = "project" | "url" | "table" | "folder";
export type SourceState = "inStep" | "waiting" | "trouble" | "paused" | "stopped";

export const TONES_OF_SOURCES: Readonly<Record<SourceState, Tone>> = {
  inStep: "good",
  waiting: "wait",
  trouble: "bad",
  paused: "still",
  stopped: "bad",
};

export function stateOfSource(source: Pick<Source, "state" | "trouble" | "looked_at">): SourceState {
  if (source.state !== "on") return source.state;
  if (source.trouble !== null) return "trouble";
  return source.looked_at === null ? "waiting" : "inStep";
}

/** Where it is, in a line. */
export function placeOf({ settings }: Pick<Source, "settings">): string {
  const { path, url, ref, under, table, query } = settings;
  if (typeof path === "string") return path;
  if (typeof url === "string") return url;
  const inside = table ?? query ?? under;
  return [ref, inside].filter((part) => typeof part === "string" && part !== "").join(" · ");
}

/** What the dialog holds while it is filled in. */
export interface SourceDraft {
  readonly kind: SourceKind;
  readonly name: string;
  readonly ref: string;
  readonly under: string;
  readonly url: string;
  readonly depth: string;
  readonly path: string;
  readonly match: string;
  readonly table: string;
  readonly key: string;
  readonly text: string;
  readonly metadata: string;
}

export const NO_SOURCE: SourceDraft = {
  kind: "project",
  name: "",
  ref: "",
  under: "",
  url: "",
  depth: "0",
  path: "",
  match: "",
  table: "",
  key: "id",
  text: "",
  metadata: "",
};

type Additions = {
  [Kind in SourceKind]: {
    readonly operation: `knowledge.source.${Kind}`;
    readonly input: InputOf<`knowledge.source.${Kind}`>;
  };
}[SourceKind];

/** Which operation adds it, with what; null while something is still needed. */
export function additionOf(collection: string, draft: SourceDraft): Additions | null {
  const named = draft.name.trim() === "" ? {} : { name: draft.name.trim() };
  const match = listed(draft.match);
  const matching = match.length > 0 ? { match } : {};
  const [ref, under, url, path, table, key] = [
    draft.ref,
    draft.under,
    draft.url,
    draft.path,
    draft.table,
    draft.key,
  ].map((typed) => typed.trim()) as [string, string, string, string, string, string];
  switch (draft.kind) {
    case "project":
      if (ref === "") return null;
      return {
        operation: "knowledge.source.project",
        input: { collection, ref, ...named, ...(under ? { under } : {}), ...matching },
      };
    case "url":
      if (!/^https?:\/\/\S+$/.test(url)) return null;
      return {
        operation: "knowledge.source.url",
        input: { collection, url, ...named, ...(Number(draft.depth) > 0 ? { depth: Number(draft.depth) } : {}) },
      };
    case "folder":
      if (!path.startsWith("/")) return null;
      return { operation: "knowledge.source.folder", input: { collection, path, ...named, ...matching } };
    case "table": {
      const [text, metadata] = [listed(draft.text), listed(draft.metadata)];
      if (ref === "" || table === "" || key === "" || text.length === 0) return null;
      return {
        operation: "knowledge.source.table",
        input: { collection, ref, table, key, text, ...named, ...(metadata.length > 0 ? { metadata } : {}) },
      };
    }
  }
}

function listed(typed: string): string[] {
  return typed
    .split(/[,，\n]/)
    .map((one) => one.trim())
    .filter((one) => one !== "");
}
