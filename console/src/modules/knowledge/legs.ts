/** What each way of searching found, beside what they make together, and why an expected passage is where it is. Pure. */
import type { OutputOf } from "../../api/operations.ts";
import { marked } from "./highlight.ts";

export type Found = OutputOf<"search.knowledge">;
export type Explanation = NonNullable<Found["explain"]>;
export type Passage = Found["records"][number];
export type Expected = Explanation["expected"][number];

export interface Row {
  readonly passage: Passage;
  /** In its own list, from 1. */
  readonly rank: number;
  readonly score: number | null;
}

export interface Legs {
  readonly meaning: readonly Row[];
  readonly words: readonly Row[];
  readonly together: readonly Row[];
}

/** The best `count` of each, the best first. */
export function legsOf({ records, explain }: Found, count: number): Legs {
  const all = [...records, ...(explain?.others ?? [])];
  const leg = (rankOf: (one: Passage) => number | null, scoreOf: (one: Passage) => number | null) =>
    all
      .flatMap((passage) => {
        const rank = rankOf(passage);
        return rank === null || rank > count ? [] : [{ passage, rank, score: scoreOf(passage) }];
      })
      .sort((one, other) => one.rank - other.rank);
  return {
    meaning: leg(
      (one) => one.vector_rank,
      (one) => one.similarity_score,
    ),
    words: leg(
      (one) => one.text_rank,
      (one) => one.text_score,
    ),
    together: records.map((passage, place) => ({
      passage,
      rank: place + 1,
      score: passage.rerank_score ?? passage.score,
    })),
  };
}

export interface Line {
  readonly id: number;
  /** Rows, from 0. */
  readonly from: number;
  readonly to: number;
}

/** From a leg's rows to the same passages among all; what did not come through has no line. */
export function linesOf(leg: readonly Row[], together: readonly Row[]): Line[] {
  const places = new Map(together.map(({ passage }, place) => [passage.id, place]));
  return leg.flatMap(({ passage }, from) => {
    const to = places.get(passage.id);
    return to === undefined ? [] : [{ id: passage.id, from, to }];
  });
}

export type Because = "filtered" | "found" | "below" | "deep" | "noWords" | "meaning";

/** Why a passage that was expected is where it is; `count` results were asked for. */
export function becauseOf({ place, kept_out, record }: Expected, explain: Explanation, count: number): Because {
  if (kept_out) return "filtered";
  if (place !== null) return place <= count ? "found" : "below";
  if (record.text_rank !== null || explain.mode === "vector") return "deep";
  return explain.mode === "text" ? "meaning" : "noWords";
}

/** Which of the words that were sought a passage has, as far as can be told without the index. */
export function wordsIn(passage: Pick<Passage, "passage" | "context">, words: readonly string[]) {
  const text = `${passage.context}\n${passage.passage}`;
  const has = (word: string) => marked(text, word).some(({ found }) => found);
  return { holds: words.filter(has), lacks: words.filter((word) => !has(word)) };
}
