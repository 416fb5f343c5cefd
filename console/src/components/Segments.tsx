/** Views of one page beside each other, each with an address of its own; below tabs, and quieter than they are. */
import { Link } from "@tanstack/react-router";
import styles from "./Segments.module.css";
import type { Tab } from "./Tabs.tsx";

export function Segments({ label, segments }: { label: string; segments: readonly (Tab & { count?: number })[] }) {
  return (
    <nav aria-label={label} className={styles.segments}>
      {segments.map(({ to, label: name, count = 0 }) => (
        <Link
          key={to}
          to={to}
          className={styles.segment}
          activeOptions={{ exact: true, includeSearch: false }}
          activeProps={{ className: styles.active }}
        >
          {name}
          {count > 0 && <span className={styles.count}>{count}</span>}
        </Link>
      ))}
    </nav>
  );
}
