/** A passage as people read it: its headings above it, its own headings as such, words of the query marked. */
import { useMemo } from "react";
import { classes } from "../../components/classes.ts";
import { blocksOf } from "./blocks.ts";
import { Marked } from "./Marked.tsx";
import styles from "./PassageText.module.css";

interface Props {
  readonly text: string;
  readonly query?: string | undefined;
  /** Show the beginning only. */
  readonly short?: boolean;
}

export function PassageText({ text, query, short = false }: Props) {
  const blocks = useMemo(() => blocksOf(text), [text]);
  return (
    <div className={classes(styles.passage, short && styles.short)}>
      {blocks.map(({ kind, text: said }, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the blocks of one passage have no other name
        <p key={place} className={styles[kind]}>
          <Marked text={said} query={query} />
        </p>
      ))}
    </div>
  );
}

/** The headings that a passage stands below. */
export function Headings({ context }: { context: string }) {
  const said = context.trim();
  return said === "" ? null : <p className={styles.context}>{said}</p>;
}
