/** A plan as a tree: each step with its rows, its part of the time or cost as a bar. */
import { EmptyState } from "../../components/EmptyState.tsx";
import { Badge } from "../../components/Status.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import styles from "./Plan.module.css";
import type { PlanRow } from "./plan.ts";

/** The part of the whole from which on a step deserves to be looked at first. */
const DEAR = 0.3;

export function Plan({ rows }: { rows: readonly PlanRow[] }) {
  const text = useText();
  const format = useFormat();
  if (rows.length === 0) {
    return (
      <EmptyState icon="search" title={text.data.planEmpty}>
        {text.data.analyseAbout}
      </EmptyState>
    );
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={styles.frame} aria-label={text.data.showing.plan} tabIndex={0}>
      <table className={styles.plan}>
        <thead>
          <tr>
            <th>{text.data.step}</th>
            <th className={styles.number}>{text.data.rowsExpected}</th>
            <th className={styles.number}>{text.data.rowsReal}</th>
            <th className={styles.number}>{text.data.ownTime}</th>
            <th>{text.data.share}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the steps of a plan have an order and nothing else
            <tr key={index} className={row.share >= DEAR ? styles.dear : undefined}>
              <td style={{ paddingLeft: 16 + row.depth * 20 }}>
                <strong>{row.what}</strong> {row.on && <code>{row.on}</code>}{" "}
                {row.share >= DEAR && <Badge tone="wait">{text.statements.plan.dear}</Badge>}
                {row.detail.map((detail) => (
                  <div key={detail} className={styles.detail}>
                    {detail}
                  </div>
                ))}
              </td>
              <td className={styles.number}>{format.number(row.rowsExpected)}</td>
              <td className={styles.number}>{row.rowsReal === null ? "–" : format.number(row.rowsReal)}</td>
              <td className={styles.number}>
                {row.ownMs === null ? text.data.cost(format.number(row.cost)) : `${format.number(row.ownMs)} ms`}
              </td>
              <td>
                <span className={styles.share}>
                  <progress value={row.share} aria-label={text.data.share} />
                  {format.percent(Math.round(row.share * 100) / 100)}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
