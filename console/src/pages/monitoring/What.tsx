/** Chooses what charts show: a kind, and which of it. */
import type { OutputOf } from "../../api/operations.ts";
import { BareSelect } from "../../components/Field.tsx";
import { useText } from "../../i18n/text.tsx";
import styles from "./Dashboards.module.css";
import type { Seen } from "./seen.ts";

export const MOST_SUBJECTS = 6; // as many as there are colours

interface Props {
  readonly kind: string;
  readonly labels: readonly string[];
  readonly subjects: OutputOf<"monitoring.now">;
  readonly onChange: (to: Seen) => void;
}

export function What({ kind, labels, subjects, onChange }: Props) {
  const text = useText();
  const kinds = [...new Set(subjects.map((one) => one.kind))];
  // What is looked at may be gone, or not yet measured again.
  const there = new Set([...subjects.filter((one) => one.kind === kind).map(({ label }) => label), ...labels]);
  there.delete("");
  const toggle = (label: string) => {
    const next = labels.includes(label) ? labels.filter((each) => each !== label) : [...labels, label];
    if (next.length > 0) onChange({ label: next.join(",") });
  };
  return (
    <div className={styles.what}>
      <BareSelect
        label={text.monitoring.what}
        value={kind}
        onChange={(event) => onChange({ kind: event.target.value, label: undefined })}
        choices={[...new Set([...kinds, kind])].map((each) => ({
          value: each,
          label: text.monitoring.kinds[each]?.many ?? each,
        }))}
      />
      {there.size > 0 && (
        <fieldset className={styles.chips} aria-label={text.monitoring.which}>
          {[...there].sort().map((label) => (
            <button
              key={label}
              type="button"
              aria-pressed={labels.includes(label)}
              disabled={!labels.includes(label) && labels.length >= MOST_SUBJECTS}
              title={labels.length >= MOST_SUBJECTS ? text.monitoring.mostSubjects(MOST_SUBJECTS) : undefined}
              onClick={() => toggle(label)}
            >
              {label}
            </button>
          ))}
        </fieldset>
      )}
    </div>
  );
}
