/** What nobody is told of now, until when and why; each can be ended before. */
import { useFollow, useOperation } from "../../../api/hooks.ts";
import { Button } from "../../../components/Button.tsx";
import { ErrorState } from "../../../components/ErrorState.tsx";
import { Section } from "../../../components/Page.tsx";
import { useToasts } from "../../../components/Toasts.tsx";
import { When } from "../../../components/When.tsx";
import { useText } from "../../../i18n/text.tsx";
import { personOf, type Silence, silencingOf, titleOf } from "../../../modules/alerts/alerts.ts";
import styles from "./Alerts.module.css";

export function Silences() {
  const text = useText();
  const toasts = useToasts();
  const silences = useOperation("alert.silence.list", {});
  const rules = useOperation("alert.rule.list", {});
  const ending = useFollow("alert.silence.end");
  const again = useFollow("alert.silence.add");
  if (!silences.data?.length) return null;
  const words = text.alerts.silencing;
  const end = async (silence: Silence) => {
    if (!(await ending.start({ silence: silence.id }))) return;
    toasts.show({ message: words.ended, undo: () => void again.start(silencingOf(silence, Date.now())) });
  };
  const named = (name: string) => {
    const rule = rules.data?.find((one) => one.name === name);
    return name === "*" ? words.every : rule ? titleOf({ rule: name, title: rule.title }, text) : name;
  };
  return (
    <Section title={words.listed}>
      <ul className={styles.alerts} aria-label={words.listed}>
        {silences.data.map((one) => (
          <li key={one.id} className={styles.alert} data-level="pending">
            <div className={styles.head}>
              <div className={styles.what}>
                <p className={styles.title}>
                  <strong>{named(one.rule)}</strong>
                  {one.label === "*" ? words.anything : one.label && <code>{one.label}</code>}
                </p>
                <p className={styles.soft}>
                  {words.until} <When time={one.until} /> · {personOf(one.made_by)}
                  {one.reason && ` · ${one.reason}`}
                </p>
              </div>
              <Button size="small" disabled={ending.running} onClick={() => void end(one)}>
                {words.end}
              </Button>
            </div>
          </li>
        ))}
      </ul>
      {ending.error && <ErrorState error={ending.error} inline />}
    </Section>
  );
}
