/** Indexes that would make a statement cheaper, to be copied. */
import { useOperation } from "../../../api/hooks.ts";
import type { OutputOf } from "../../../api/operations.ts";
import { Copyable } from "../../../components/Copyable.tsx";
import { ErrorState } from "../../../components/ErrorState.tsx";
import { Section } from "../../../components/Page.tsx";
import { Skeleton } from "../../../components/Skeleton.tsx";
import { Badge } from "../../../components/Status.tsx";
import { useFormat, useText } from "../../../i18n/text.tsx";
import styles from "./Statements.module.css";

type Advised = OutputOf<"statement.advise">;

export function Advice({ ref_, id }: { ref_: string; id: string }) {
  const text = useText();
  const { data, error, refetch } = useOperation("statement.advise", { ref: ref_, id }, { costly: true });
  const words = text.statements.advice;
  return (
    <Section title={words.title} about={data?.indexes.length ? words.whole : undefined}>
      {error ? (
        <ErrorState error={error} inline onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton lines={2} />
      ) : data.indexes.length === 0 ? (
        <p className={styles.soft}>{words.none}</p>
      ) : (
        <>
          <ul className={styles.advice}>
            {data.indexes.map((index) => (
              <li key={index.statement}>
                <Copyable value={index.statement} label={text.statements.text} />
                <Worth index={index} cost={data.cost} />
                <p className={styles.soft}>{index.why}</p>
              </li>
            ))}
          </ul>
          {!data.hypopg && <p className={styles.soft}>{words.guesses}</p>}
        </>
      )}
    </Section>
  );
}

function Worth({ index, cost }: { index: Advised["indexes"][number]; cost: number }) {
  const text = useText();
  const format = useFormat();
  const words = text.statements.advice;
  return (
    <p className={styles.worth}>
      <Badge tone={index.tried ? "good" : "still"}>{index.tried ? words.tried : words.guess}</Badge>
      {index.cost !== null && (
        <span>
          <strong>{words.times(format.number(Math.round(cost / Math.max(index.cost, 0.01))))}</strong>{" "}
          <span className={styles.soft}>{words.cost(format.number(cost), format.number(index.cost))}</span>
        </span>
      )}
      {index.size_bytes !== null && <span className={styles.soft}>{words.size(format.bytes(index.size_bytes))}</span>}
    </p>
  );
}
