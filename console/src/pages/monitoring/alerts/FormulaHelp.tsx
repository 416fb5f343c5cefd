/** How formulas are written, and of which numbers; one that is chosen is put in. */
import { useOperation } from "../../../api/hooks.ts";
import { Badge } from "../../../components/Status.tsx";
import { useText } from "../../../i18n/text.tsx";
import styles from "./Alerts.module.css";

export function FormulaHelp({ kind, onPut }: { kind: string; onPut: (measure: string, counter: boolean) => void }) {
  const text = useText();
  const kinds = useOperation("monitoring.kinds", {}, { staleTime: Number.POSITIVE_INFINITY });
  const { help } = text.alerts.rules;
  const measures = kinds.data?.find(({ name }) => name === kind)?.measures ?? [];
  return (
    <details className={styles.help}>
      <summary>{help.title}</summary>
      <dl className={styles.examples}>
        {help.ways.map(([formula, about]) => (
          <div key={formula}>
            <dt>
              <code>{formula}</code>
            </dt>
            <dd>{about}</dd>
          </div>
        ))}
      </dl>
      <p>{help.measures}</p>
      <ul className={styles.measures}>
        {measures.map(({ name, help: about, unit, counter }) => (
          <li key={name}>
            <button type="button" onClick={() => onPut(name, counter)}>
              <code>{name}</code>
              {(unit || counter) && <Badge>{counter ? help.counter : (help.units[unit] ?? unit)}</Badge>}
              <span className={styles.soft}>{about}</span>
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}
