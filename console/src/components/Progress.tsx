/** How far long work is: a bar with its phase, and a number where one is known. */
import type { Step } from "../api/client.ts";
import { useFormat, useText } from "../i18n/text.tsx";
import { classes } from "./classes.ts";
import styles from "./Progress.module.css";

export function Progress({ step, label }: { step: Step | null; label?: string }) {
  const text = useText();
  const format = useFormat();
  const share = step?.total ? Math.min(1, (step.done ?? 0) / step.total) : null;
  const phase = step ? (text.phases[step.phase] ?? sentence(step.phase)) : (label ?? text.common.loading);
  return (
    <div className={styles.root}>
      <div className={styles.words} role="status">
        <span>{phase}</span>
        {share !== null && <span className={styles.share}>{format.percent(Math.floor(share * 100) / 100)}</span>}
      </div>
      <div
        className={styles.track}
        role="progressbar"
        aria-label={label ?? phase}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={share === null ? undefined : Math.round(share * 100)}
      >
        <div
          className={classes(styles.bar, share === null && styles.unknown)}
          style={share === null ? undefined : { transform: `scaleX(${share})` }}
        />
      </div>
    </div>
  );
}

function sentence(phase: string): string {
  return phase.slice(0, 1).toUpperCase() + phase.slice(1);
}
