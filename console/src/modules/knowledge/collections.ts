/** Whose a collection is, and what a person may do with it: as the daemon decides it (knowledge/access.py). Pure. */
import type { InputOf, OutputOf } from "../../api/operations.ts";
import { atLeast, type Role, roleOf, type Session } from "../../api/session.ts";

export type Collection = OutputOf<"knowledge.collection.show">;
export type Access = Collection["access"];

type Reach = Pick<Collection, "access" | "person" | "project">;
type Person = Pick<Session, "person" | "role" | "members_only" | "projects">;

export function mayFill(person: Person, reach: Reach): boolean {
  return atLeast(roleIn(person, reach), "user");
}

export function mayDelete(person: Person, reach: Reach): boolean {
  const role = roleIn(person, reach);
  return atLeast(role, "admin") || (atLeast(role, "user") && person.person === reach.person);
}

function roleIn(person: Person, reach: Reach): Role | null {
  if (reach.access === "project") return roleOf(person, reach.project ?? undefined);
  const own = person.person === reach.person;
  if (reach.access === "private") return own ? person.role : null;
  return own || atLeast(person.role, "admin") ? person.role : "viewer";
}

/** What the dialog of a new collection holds while it is filled in. */
export interface Draft {
  readonly name: string;
  readonly access: Access;
  readonly project: string;
  /** "" stands for the default; BROUGHT for vectors that come with the documents. */
  readonly model: string;
  readonly dimension: string;
  readonly metric: Collection["metric"];
  readonly by: Collection["chunking"]["by"];
  readonly size: string;
  readonly overlap: string;
}

export const BROUGHT = "\0brought";

export const FIRST: Draft = {
  name: "",
  access: "private",
  project: "",
  model: "",
  dimension: "1536",
  metric: "cosine",
  by: "markdown",
  size: "800",
  overlap: "100",
};

type Creation = InputOf<"knowledge.collection.create">;

/** What the daemon is told: only that which differs from what it takes by itself. */
export function creationFrom(draft: Draft): Creation {
  const chunking = { by: draft.by, size: Number(draft.size), overlap: Number(draft.overlap) };
  const cutDifferently = draft.by !== FIRST.by || draft.size !== FIRST.size || draft.overlap !== FIRST.overlap;
  return {
    name: draft.name,
    ...(draft.access === "project"
      ? { project: draft.project }
      : draft.access === "everyone"
        ? { everyone: true }
        : {}),
    ...(draft.model === BROUGHT
      ? { dimension: Number(draft.dimension) }
      : draft.model === ""
        ? {}
        : { model: draft.model }),
    ...(draft.metric === FIRST.metric ? {} : { metric: draft.metric }),
    ...(cutDifferently && draft.model !== BROUGHT ? { chunking: { ...chunking, context: "" } } : {}),
  };
}

export type Trouble = "size" | "overlap" | "dimension" | null;

/** What is wrong with the numbers, by the bounds that the daemon has (llm/embedding/chunking.py). */
export function troubleOf(draft: Draft): Trouble {
  const [size, overlap, dimension] = [Number(draft.size), Number(draft.overlap), Number(draft.dimension)];
  if (draft.model === BROUGHT) return isWithin(dimension, 1, 8192) ? null : "dimension";
  if (!isWithin(size, 20, 100_000)) return "size";
  return isWithin(overlap, 0, size / 2) ? null : "overlap";
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

/** Those whose vectors compare with the first one's, so that all can be searched at once. */
export function alike<One extends Pick<Collection, "digest" | "dimension" | "metric">>(all: readonly One[]): One[] {
  const first = all.find(({ digest }) => digest !== null) ?? all[0];
  return all.filter(
    (one) => one.digest === first?.digest && one.dimension === first.dimension && one.metric === first.metric,
  );
}
