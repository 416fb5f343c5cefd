/** The moment one looks at: now, a while ago, or what has a name. */
import { useOperation } from "../../api/hooks.ts";
import { Icon } from "../../components/Icon.tsx";
import { Menu, type MenuItem } from "../../components/Menu.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import styles from "./ProjectBar.module.css";
import { useWhere } from "./where.tsx";

const AGES_S = [60, 600, 3600, 86_400] as const;
const NAMED_SHOWN = 6;

export function MomentMenu() {
  const text = useText();
  const format = useFormat();
  const where = useWhere();
  const history = useOperation("history.show", { ref: where.ref });
  const log = useOperation("log", { ref: where.ref });
  const now = new Date();
  const oldest = history.data ? Date.parse(history.data.oldest) : now.getTime();

  const ages = AGES_S.map((age) => new Date(now.getTime() - age * 1000)).filter((time) => time.getTime() >= oldest);
  const named = (log.data ?? []).filter((entry) => entry.kind === "checkpoint" && Date.parse(entry.time) >= oldest);
  const items: MenuItem[] = [
    { label: text.project.now, checked: where.at === null, onChoose: () => where.goTo({ at: null }) },
    ...ages.map((time, index) => ({
      label: format.relative(time, now),
      separated: index === 0,
      onChoose: () => where.goTo({ at: time.toISOString() }),
    })),
    ...named
      .slice(-NAMED_SHOWN)
      .reverse()
      .map((entry, index) => ({
        label: `#${entry.id} ${entry.label ?? format.dateTime(entry.time)}`,
        checked: where.at === entry.time,
        separated: index === 0,
        onChoose: () => where.goTo({ at: entry.time }),
      })),
  ];
  const shown = where.at === null ? text.project.now : format.dateTime(where.at);
  return (
    <Menu
      label={`${text.project.moment}: ${shown}`}
      className={where.at === null ? styles.choice : `${styles.choice} ${styles.inPast}`}
      button={
        <>
          <Icon name="moment" />
          <span className={styles.chosen}>{shown}</span>
          <Icon name="down" size={12} />
        </>
      }
      items={items}
    />
  );
}
