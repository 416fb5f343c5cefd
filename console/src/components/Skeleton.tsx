/** Holds the place of what is being loaded; appears only when that takes longer than a moment. */
import { useText } from "../i18n/text.tsx";
import styles from "./Skeleton.module.css";

export function Skeleton({ lines = 4 }: { lines?: number }) {
  const text = useText();
  return (
    <div className={styles.root} role="status">
      <span className="visually-hidden">{text.common.loading}</span>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <div key={line} className={styles.line} />
      ))}
    </div>
  );
}
