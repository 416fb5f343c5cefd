/** How like a passage is to the query: the number, and a small bar of it. */
import { useFormat, useText } from "../../i18n/text.tsx";
import styles from "./Similarity.module.css";

export function Similarity({ value }: { value: number }) {
  const text = useText();
  const format = useFormat();
  const share = Math.min(1, Math.max(0, value));
  return (
    <span className={styles.similarity} title={text.finding.similarityOf(format.number(value))}>
      <span className="visually-hidden">{text.finding.similarity} </span>
      <span className={styles.track} aria-hidden="true">
        <span className={styles.bar} style={{ width: `${share * 100}%` }} />
      </span>
      <span className={styles.value}>{value.toFixed(2)}</span>
    </span>
  );
}
