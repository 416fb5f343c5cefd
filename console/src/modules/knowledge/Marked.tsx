/** A passage's text with the words of the query marked. */
import { useMemo } from "react";
import { marked } from "./highlight.ts";
import styles from "./Marked.module.css";

export function Marked({ text, query }: { text: string; query: string | undefined }) {
  const pieces = useMemo(() => (query ? marked(text, query) : [{ text, found: false }]), [text, query]);
  return pieces.map((piece, place) =>
    piece.found ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text have no other name
      <mark key={place} className={styles.mark}>
        {piece.text}
      </mark>
    ) : (
      piece.text
    ),
  );
}
