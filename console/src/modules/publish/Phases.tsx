/** The phases of a publish as a small bar and a list under it: a shape, a word and a time for each. */
import { useFormat, useText } from "../../i18n/text.tsx";
import styles from "./Phases.module.css";
import { type PhaseShown, type PhaseState, sharesOf } from "./phases.ts";

const SHAPES: Readonly<Record<PhaseState, string>> = { done: "✓", running: "●", waiting: "○", failed: "▲" };

export function Phases({ phases, label }: { phases: readonly PhaseShown[]; label: string }) {
  const text = useText();
  const format = useFormat();
  const shares = sharesOf(phases);
  return (
    <div className={styles.root}>
      <div className={styles.bar} aria-hidden="true">
        {phases.map(({ name, state }) => (
          <span
            key={name}
            className={styles.part}
            data-phase={name}
            data-state={state}
            style={{ flexGrow: shares.get(name) ?? 0 }}
          />
        ))}
      </div>
      <ol className={styles.list} aria-label={label}>
        {phases.map(({ name, state, seconds }) => (
          <li key={name} className={styles.phase} data-state={state}>
            <span className={styles.swatch} data-phase={name} data-state={state} aria-hidden="true" />
            <span className={styles.shape} title={text.publish.phaseStates[state]}>
              <span aria-hidden="true">{SHAPES[state]}</span>
              <span className="visually-hidden">{text.publish.phaseStates[state]}</span>
            </span>
            <span className={styles.word}>{text.publish.phases[name] ?? name}</span>
            <span className={styles.time}>{seconds === null ? "" : format.duration(seconds * 1000)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
