/** Pages beside each other, each with an address of its own. */
import { Link } from "@tanstack/react-router";
import styles from "./Tabs.module.css";

export interface Tab {
  readonly to: string;
  readonly label: string;
  /** It stands for the pages below its address, too. */
  readonly within?: boolean;
}

export function Tabs({ label, tabs }: { label: string; tabs: readonly Tab[] }) {
  return (
    <nav aria-label={label} className={styles.tabs}>
      {tabs.map((tab) => (
        <Link
          key={tab.to}
          to={tab.to}
          className={styles.tab}
          activeOptions={{ exact: !tab.within, includeSearch: false }}
          activeProps={{ className: styles.active }}
        >
          {tab.label}
        </Link>
      ))}
    </nav>
  );
}
