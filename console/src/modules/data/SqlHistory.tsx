/** What one ran on this branch, newest first; a click runs it again. */
import { useFollow, useOperation } from "../../api/hooks.ts";
import { Button } from "../../components/Button.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { When } from "../../components/When.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { useWhere } from "../branch/where.tsx";
import styles from "./SqlHistory.module.css";

export function SqlHistory({ onPick }: { onPick: (command: string) => void }) {
  const text = useText();
  const format = useFormat();
  const { ref } = useWhere();
  const history = useOperation("sql.history", { ref }, { staleTime: 0 });
  const forgetting = useFollow("sql.forget");
  if (history.error) return <ErrorState error={history.error} inline onRetry={() => void history.refetch()} />;
  if (!history.data) return <Skeleton />;
  if (history.data.length === 0) return <EmptyState icon="moment" title={text.data.historyEmpty} />;
  return (
    <div className={styles.history}>
      <div className={styles.tools}>
        <p>{text.data.historyAbout}</p>
        <Button size="small" busy={forgetting.running} onClick={() => void forgetting.start({ ref })}>
          {text.data.forget}
        </Button>
      </div>
      <ul>
        {history.data.map((ran) => (
          <li key={ran.id}>
            <button type="button" className={styles.ran} onClick={() => onPick(ran.command)} title={text.data.runAgain}>
              <code className={styles.command}>{ran.command}</code>
              <span className={styles.facts}>
                <When time={ran.time} />
                {ran.error ? (
                  <span className={styles.failed}>⚠ {ran.error}</span>
                ) : (
                  <span>{ran.rows === null ? "" : text.data.rowsShown(format.number(ran.rows))}</span>
                )}
                <span>{format.duration(ran.seconds * 1000)}</span>
                {ran.at && (
                  <span className={styles.past}>
                    {text.data.asOf} {ran.at}
                  </span>
                )}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
