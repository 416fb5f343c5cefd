/** Marks the words of a query in a passage, about as the index finds them (engines/retrieval/words.py): English by their
 * stems, Chinese, Japanese and Korean by pairs of characters. Pure. */

export interface Piece {
  readonly text: string;
  readonly found: boolean;
}

const CJK = "々\\u3040-\\u30ff\\u3400-\\u9fff\\uac00-\\ud7af\\uf900-\\ufaff\\u{20000}-\\u{3ffff}";
const TOKEN = new RegExp(`[${CJK}]+|(?:(?![${CJK}])[\\p{L}\\p{M}\\p{N}])+`, "gu");
const IS_CJK = new RegExp(`^[${CJK}]`, "u");

const COMMON = new Set(
  `a about after again all also am an and any are as at be because been before being between both but by can could did
  do does doing down during each few for from further had has have having he her here hers him his how i if in into is
  it its itself just me more most my no nor not of off on once only or other our out over own same she should so some
  such than that the their them then there these they this those through to too under until up very was we were what
  when where which while who whom why will with would you your`.split(/\s+/),
);

/** The whole text, in pieces that stand there or are words of the query. */
export function marked(text: string, query: string): Piece[] {
  const sought = soughtIn(query);
  const pieces: Piece[] = [];
  let end = 0;
  for (const [from, to] of spansOf(text, sought)) {
    if (from > end) pieces.push({ text: text.slice(end, from), found: false });
    pieces.push({ text: text.slice(from, to), found: true });
    end = to;
  }
  if (end < text.length) pieces.push({ text: text.slice(end), found: false });
  return pieces;
}

interface Sought {
  readonly stems: ReadonlySet<string>;
  readonly pairs: ReadonlySet<string>;
}

function soughtIn(query: string): Sought {
  const tokens = query.normalize("NFKC").match(TOKEN) ?? [];
  const words = tokens.filter((token) => !IS_CJK.test(token)).map((token) => token.toLowerCase());
  const telling = words.filter((word) => !COMMON.has(word));
  const runs = tokens.filter((token) => IS_CJK.test(token));
  return {
    stems: new Set((telling.length > 0 || runs.length > 0 ? telling : words).map(stemOf)),
    pairs: new Set(runs.flatMap(pairsOf)),
  };
}

/** Where words of the query stand, in order, those that touch as one. */
function spansOf(text: string, sought: Sought): [number, number][] {
  const spans: [number, number][] = [];
  const add = (from: number, to: number) => {
    const last = spans.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else spans.push([from, to]);
  };
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (!IS_CJK.test(token)) {
      if (sought.stems.has(stemOf(token.normalize("NFKC").toLowerCase()))) add(index, index + token.length);
      continue;
    }
    let at = index;
    const letters = Array.from(token);
    letters.forEach((letter, place) => {
      const pair = letter + (letters[place + 1] ?? "");
      if (sought.pairs.has(pair)) add(at, at + pair.length);
      else if (sought.pairs.has(letter)) add(at, at + letter.length);
      at += letter.length;
    });
  }
  return spans;
}

function pairsOf(run: string): string[] {
  const letters = Array.from(run);
  if (letters.length === 1) return letters;
  return letters.slice(0, -1).map((letter, place) => letter + letters[place + 1]);
}

const ENDINGS = [
  "ations",
  "ation",
  "ings",
  "ing",
  "edly",
  "ies",
  "ied",
  "ers",
  "er",
  "ed",
  "es",
  "ly",
  "s",
  "e",
] as const;

/** A word without its commonest endings: coarser than the index's stemmer, and good enough to point at words. */
function stemOf(word: string): string {
  const plain = word.normalize("NFD").replace(/\p{M}/gu, "");
  const ending = ENDINGS.find((one) => plain.endsWith(one) && plain.length - one.length >= 3);
  const bare =
    ending === undefined
      ? plain
      : plain.slice(0, -ending.length) + (ending.startsWith("i") && ending !== "ing" && ending !== "ings" ? "y" : "");
  const single = /([^aeiouls])\1$/.test(bare) ? bare.slice(0, -1) : bare;
  return single.length > 3 ? single.replace(/y$/, "i") : single;
}
