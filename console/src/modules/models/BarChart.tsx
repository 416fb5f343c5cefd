/** Numbers as bars beside their names; those below nothing go the other way. */
import { useFormat } from "../../i18n/text.tsx";
import styles from "./BarChart.module.css";
import type { Bars } from "./bars.ts";

export function BarChart({ label, bars }: { label: string; bars: Bars }) {
  const format = useFormat();
  const least = Math.min(0, ...bars.bars.map(({ value }) => value));
  const most = Math.max(0, ...bars.bars.map(({ value }) => value));
  const span = most - least || 1;
  return (
    <figure className={styles.figure} aria-label={label}>
      <figcaption>{bars.measure}</figcaption>
      <dl className={styles.rows}>
        {bars.bars.map(({ label: name, value }) => (
          <div key={name} className={styles.row}>
            <dt title={name}>{name}</dt>
            <dd>
              <span className={styles.track} aria-hidden="true">
                <span
                  className={styles.bar}
                  style={{
                    left: `${((Math.min(0, value) - least) / span) * 100}%`,
                    width: `${(Math.abs(value) / span) * 100}%`,
                  }}
                />
              </span>
              <span className={styles.value}>{format.number(value)}</span>
            </dd>
          </div>
        ))}
      </dl>
    </figure>
  );
}
