/** What a search found: passages with their words marked, where they stand, and how like the query they are. */
import type { ReactNode } from "react";
import type { OutputOf } from "../../api/operations.ts";
import { CopyButton } from "../../components/Copyable.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { Badge } from "../../components/Status.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { type Passage, PassageLink } from "./PassageLink.tsx";
import { Headings, PassageText } from "./PassageText.tsx";
import styles from "./Results.module.css";
import { Similarity } from "./Similarity.tsx";

interface Props {
  readonly found: OutputOf<"search.knowledge">;
  readonly query: string;
  /** Several collections are searched: each passage says which it is of. */
  readonly several: boolean;
  readonly test: ReactNode;
}

export function Results({ found, query, several, test }: Props) {
  const text = useText();
  const format = useFormat();
  const { records, explain } = found;
  if (records.length === 0) {
    return (
      <EmptyState icon="search" title={text.finding.none} action={test}>
        {explain?.nothing && <p>{text.finding.why[explain.nothing]}</p>}
      </EmptyState>
    );
  }
  return (
    <>
      <p className={styles.summary} role="status">
        <span>{text.finding.results(records.length)}</span>
        {explain && <span>{text.finding.searched(format.number(explain.passages))}</span>}
        {explain && <span>{text.finding.took(format.duration(explain.timing.total_s * 1000))}</span>}
        <span className={styles.test}>{test}</span>
      </p>
      <ol className={styles.hits} aria-label={text.finding.label}>
        {records.map((record, place) => (
          <Hit key={record.id} record={record} place={place + 1} query={query} several={several} />
        ))}
      </ol>
    </>
  );
}

interface HitProps extends Omit<Props, "found" | "test"> {
  readonly record: Passage;
  readonly place: number;
}

function Hit({ record, place, query, several }: HitProps) {
  const text = useText();
  return (
    <li className={styles.hit}>
      <span className={styles.place}>{place}</span>
      <div className={styles.body}>
        <div className={styles.head}>
          <PassageLink passage={record} query={query} className={styles.citation}>
            {record.citation}
          </PassageLink>
          {several && <Badge>{record.collection}</Badge>}
          <CopyButton value={record.citation} label={`${text.finding.citation} ${place}`} />
          <span className={styles.like}>
            {record.similarity_score === null ? (
              <span className={styles.soft}>{text.finding.onlyWords}</span>
            ) : (
              <Similarity value={record.similarity_score} />
            )}
          </span>
        </div>
        <Headings context={record.context} />
        <PassageText text={record.passage} query={query} short />
      </div>
    </li>
  );
}
