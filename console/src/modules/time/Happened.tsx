/** What happened to the branch, newest first: checkpoints, rewinds, undos, branches; a click goes to the moment. */
import { When } from "../../components/When.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import styles from "./Happened.module.css";
import { type Mark, SHAPES } from "./marks.ts";

interface Props {
  readonly marks: readonly Mark[];
  readonly moment: number | null;
  readonly oldest: number;
  readonly onMoment: (moment: number) => void;
}

export function Happened({ marks, moment, oldest, onMoment }: Props) {
  const text = useText();
  const format = useFormat();
  return (
    <section className={styles.list} aria-label={text.time.happened}>
      <h2>{text.time.happened}</h2>
      {marks.length === 0 && <p className={styles.none}>{text.time.nothingHappened}</p>}
      <ol>
        {[...marks].reverse().map((mark) => (
          <li key={mark.id}>
            <button
              type="button"
              className={styles.entry}
              aria-pressed={moment === mark.time}
              disabled={mark.time < oldest}
              title={format.dateTime(new Date(mark.time))}
              onClick={() => onMoment(mark.time)}
            >
              <svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true" data-kind={mark.kind}>
                <path d={SHAPES[mark.kind]} />
              </svg>
              <span className={styles.words}>
                <span className={styles.what}>
                  {text.time.kinds[mark.kind]} <span className={styles.number}>#{mark.id}</span> {mark.label}
                </span>
                <span className={styles.when}>
                  <When time={new Date(mark.time).toISOString()} /> · {mark.who}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}
