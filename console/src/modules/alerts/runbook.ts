/** The Markdown of a runbook's section, taken apart: paragraphs, with code in them, and blocks of commands, one a line. Pure. */

export type Part = { readonly commands: readonly string[] } | { readonly pieces: readonly Piece[] };

/** `code` as it is; else words. A link to another page of the documentation is its words. */
export interface Piece {
  readonly code: boolean;
  readonly text: string;
}

const FENCE = /^```\w*\n([\s\S]*?)^```$/m;
const LINK = /\[([^\]]*)\]\([^)]*\)/g;

export function partsOf(markdown: string): Part[] {
  // Splitting by an expression with a group gives what lies between and what is in the group, in turns.
  return markdown.split(FENCE).flatMap((found, place): Part[] => {
    if (place % 2 === 1) return [{ commands: found.trimEnd().split("\n") }];
    return found
      .split(/\n{2,}/)
      .map((paragraph) => paragraph.trim())
      .filter((paragraph) => paragraph !== "")
      .map((paragraph) => ({ pieces: piecesOf(paragraph.replaceAll("\n", " ").replaceAll(LINK, "$1")) }));
  });
}

function piecesOf(paragraph: string): Piece[] {
  return paragraph
    .split("`")
    .map((text, place) => ({ code: place % 2 === 1, text }))
    .filter(({ text }) => text !== "");
}
