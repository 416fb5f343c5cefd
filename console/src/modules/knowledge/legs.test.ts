import { expect, test } from "vitest";
import {
  becauseOf,
  type Expected,
  type Explanation,
  type Found,
  legsOf,
  linesOf,
  type Passage,
  wordsIn,
} from "./legs.ts";

const passage = (id: number, vector_rank: number | null, text_rank: number | null): Passage => ({
  id,
  collection: "handbook",
  document: `${id}.md`,
  document_id: id,
  passage: "Unused holidays carry over.",
  context: "Leave\n",
  position: 1,
  start: 0,
  end: 27,
  page: null,
  citation: `${id}.md, passage 1`,
  metadata: {},
  similarity_score: vector_rank === null ? null : 1 / vector_rank,
  score: 0.01,
  vector_rank,
  text_rank,
  text_score: text_rank === null ? null : 10 / text_rank,
  rerank_score: null,
});

const explain = (some: Partial<Explanation>): Explanation => ({
  mode: "hybrid",
  coarse: false,
  recall: null,
  passages: 9,
  vector_found: 9,
  text_found: 2,
  nothing: null,
  timing: { embed_s: 0, vector_s: 0, text_s: 0, total_s: 0 },
  depth: 100,
  words: [],
  others: [],
  expected: [],
  reranked: null,
  ...some,
});

test("each way has its own best, also what did not come through", () => {
  const found: Found = {
    records: [passage(1, 1, null), passage(2, 7, 1)],
    explain: explain({ others: [passage(3, 2, null), passage(4, null, 2)] }),
    note: null,
  };
  const legs = legsOf(found, 2);
  expect(legs.meaning.map((row) => row.passage.id)).toEqual([1, 3]);
  expect(legs.words.map((row) => row.passage.id)).toEqual([2, 4]);
  expect(linesOf(legs.meaning, legs.together)).toEqual([{ id: 1, from: 0, to: 0 }]);
  expect(linesOf(legs.words, legs.together)).toEqual([{ id: 2, from: 0, to: 1 }]);
});

test("why an expected passage is where it is", () => {
  const expected = (some: Partial<Expected>, ranks: [number | null, number | null] = [200, null]): Expected => ({
    record: passage(1, ...ranks),
    place: null,
    kept_out: false,
    ...some,
  });
  expect(becauseOf(expected({ kept_out: true }), explain({}), 10)).toBe("filtered");
  expect(becauseOf(expected({ place: 3 }), explain({}), 10)).toBe("found");
  expect(becauseOf(expected({ place: 30 }), explain({}), 10)).toBe("below");
  expect(becauseOf(expected({}), explain({}), 10)).toBe("noWords");
  expect(becauseOf(expected({}), explain({ mode: "vector" }), 10)).toBe("deep");
  expect(becauseOf(expected({}), explain({ mode: "text" }), 10)).toBe("meaning");
  expect(becauseOf(expected({}, [200, 150]), explain({}), 10)).toBe("deep");
});

test("which words of the query a passage has", () => {
  expect(wordsIn(passage(1, 1, 1), ["holiday", "leave", "months"])).toEqual({
    holds: ["holiday", "leave"],
    lacks: ["months"],
  });
});
