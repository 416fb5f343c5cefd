/** For what a rule would hold now, before it is kept. */
import { keepPreviousData, type UseQueryResult, useQuery } from "@tanstack/react-query";
import type { ApiError } from "../../../api/errors.ts";
import { questionOf } from "../../../api/hooks.ts";
import type { InputOf, OutputOf } from "../../../api/operations.ts";
import { Status } from "../../../components/Status.tsx";
import { useText } from "../../../i18n/text.tsx";
import { useMeasured } from "../../../modules/alerts/measured.ts";
import styles from "./Alerts.module.css";

type Result = UseQueryResult<OutputOf<"alert.rule.try">, ApiError>;

const NOTHING: InputOf<"alert.rule.try"> = { kind: "", formula: "" };
const MOST = 6;

/** What was found last stays while another is asked for. */
export function useTrial(asked: InputOf<"alert.rule.try"> | null): Result {
  return useQuery({
    ...questionOf("alert.rule.try", asked ?? NOTHING),
    enabled: asked !== null,
    placeholderData: keepPreviousData,
    retry: false,
  });
}

export function Trial({ trial, asked }: { trial: Result; asked: boolean }) {
  const text = useText();
  const measured = useMeasured();
  const words = text.alerts.rules.trial;
  if (trial.error) return null;
  const found = asked ? trial.data?.subjects.toSorted((a, b) => Number(b.holds) - Number(a.holds)) : undefined;
  return (
    <section className={styles.trial} aria-label={words.title}>
      <h3>{words.title}</h3>
      {!found ? (
        <p className={styles.soft}>{words.write}</p>
      ) : found.length === 0 ? (
        <p className={styles.soft}>{words.nothing}</p>
      ) : (
        <ul>
          {found.slice(0, MOST).map(({ label, value, holds }) => (
            <li key={label}>
              <span className={styles.subject}>{label ? <code>{label}</code> : text.alerts.machine}</span>
              <strong>{value === null ? "–" : measured(value, trial.data?.unit ?? "")}</strong>
              <Status tone={holds ? "wait" : value === null ? "still" : "good"}>
                {value === null ? words.unknown : holds ? words.would : words.fine}
              </Status>
            </li>
          ))}
          {found.length > MOST && <li className={styles.soft}>{words.more(found.length - MOST)}</li>}
        </ul>
      )}
    </section>
  );
}
