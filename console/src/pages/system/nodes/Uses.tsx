/** How much of a machine is used: processors, memory, disk; each as a bar and in words. */
import { classes } from "../../../components/classes.ts";
import { useFormat, useText } from "../../../i18n/text.tsx";
import { type Machine, pressureOf, type Use, usesOf } from "../../../modules/nodes/nodes.ts";
import styles from "./Nodes.module.css";

export function Uses({ machine }: { machine: Machine }) {
  const text = useText();
  return (
    <dl className={styles.uses}>
      {usesOf(machine).map((use) => (
        <div key={use.key}>
          <dt>{text.nodes.uses[use.key]}</dt>
          <dd>
            <Amount use={use} />
            <span className={styles.track} aria-hidden="true">
              <span
                className={classes(styles.bar, styles[pressureOf(use.share)])}
                style={{ transform: `scaleX(${use.share ?? 0})` }}
              />
            </span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Amount({ use: { share, used, total } }: { use: Use }) {
  const text = useText();
  const format = useFormat();
  const percent = share === null ? "–" : format.percent(Math.round(share * 100) / 100);
  return (
    <span className={styles.amount}>
      <span>
        {used === null
          ? text.nodes.processors(format.number(total), total)
          : text.nodes.usedOf(format.bytes(used), format.bytes(total))}
      </span>
      <span className={styles.percent}>{percent}</span>
    </span>
  );
}
