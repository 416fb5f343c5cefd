/** An answer's text in pieces: what is said, and the numbers that it cites. Pure. */

export type Said = { readonly text: string } | { readonly cites: number };

export function citedIn(text: string): Said[] {
  const pieces: Said[] = [];
  let end = 0;
  for (const found of text.matchAll(/\[(\d{1,3})\]/g)) {
    if (found.index > end) pieces.push({ text: text.slice(end, found.index) });
    pieces.push({ cites: Number(found[1]) });
    end = found.index + found[0].length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end) });
  return pieces;
}
