/** What a search found: passages with their words marked, where they stand, and how like the query they are. */
import type { ReactNode } from "react";
import { CopyButton } from "../../components/Copyable.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { Badge } from "../../components/Status.tsx";
import { useText } from "../../i18n/text.tsx";
import { type Passage, PassageLink, useCite } from "./PassageLink.tsx";
import { Headings, PassageText } from "./PassageText.tsx";
import styles from "./Results.module.css";
import { Similarity } from "./Similarity.tsx";

interface Props {
  readonly records: readonly Passage[];
  /** Why there are none, once that is known. */
  readonly nothing: "empty" | "filter" | "words" | "none alike" | null;
  readonly query: string;
  /** Several collections are searched: each passage says which it is of. */
  readonly several: boolean;
  readonly test: ReactNode;
}

export function Results({ records, nothing, query, several, test }: Props) {
  const text = useText();
  if (records.length === 0) {
    return (
      <EmptyState icon="search" title={text.finding.none} action={test}>
        {nothing && <p>{text.finding.why[nothing]}</p>}
      </EmptyState>
    );
  }
  return (
    <>
      <p className={styles.summary} role="status">
        <span>{text.finding.results(records.length)}</span>
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

interface HitProps extends Pick<Props, "query" | "several"> {
  readonly record: Passage;
  readonly place: number;
}

function Hit({ record, place, query, several }: HitProps) {
  const text = useText();
  const citation = useCite()(record);
  return (
    <li className={styles.hit}>
      <span className={styles.place}>{place}</span>
      <div className={styles.body}>
        <div className={styles.head}>
          <PassageLink passage={record} query={query} className={styles.citation}>
            {citation}
          </PassageLink>
          {several && <Badge>{record.collection}</Badge>}
          <CopyButton value={citation} label={`${text.finding.citation} ${place}`} />
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
