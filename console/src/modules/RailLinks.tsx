/** Where one can go: what exists, and what this person may see. */
import { Link } from "@tanstack/react-router";
import { useOperation } from "../api/hooks.ts";
import { useMay } from "../api/session.ts";
import { Icon, type IconName } from "../components/Icon.tsx";
import { useText } from "../i18n/text.tsx";
import styles from "./RailLinks.module.css";

interface Place {
  to: string;
  icon: IconName;
  label: string;
  shown: boolean;
  /** How many things wait there. */
  waiting?: number;
}

export function RailLinks() {
  return (
    <ul className={styles.links}>
      {usePlaces().map((place) => (
        <li key={place.to}>
          <Link to={place.to} className={styles.link} activeProps={{ className: styles.active }}>
            <Icon name={place.icon} />
            {place.label}
            {!!place.waiting && <Waiting count={place.waiting} />}
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Waiting({ count }: { count: number }) {
  const text = useText();
  return (
    <span className={styles.waiting} title={text.approvals.waiting(count)}>
      {count}
    </span>
  );
}

/** The places of the rail that this person may go to. */
export function usePlaces(): readonly Place[] {
  const text = useText();
  const may = useMay();
  const waiting = useOperation("approval.list", { waiting: true }).data?.length ?? 0;
  const places: readonly Place[] = [
    { to: "/projects", icon: "projects", label: text.rail.projects, shown: true },
    { to: "/app", icon: "apps", label: text.rail.apps, shown: true },
    { to: "/knowledge", icon: "knowledge", label: text.rail.knowledge, shown: true },
    { to: "/models", icon: "models", label: text.rail.models, shown: true },
    { to: "/monitoring", icon: "monitoring", label: text.rail.monitoring, shown: true },
    { to: "/people", icon: "people", label: text.rail.people, shown: may("admin") },
    { to: "/approvals", icon: "bell", label: text.rail.approvals, shown: may("admin") || waiting > 0, waiting },
    { to: "/system", icon: "system", label: text.rail.system, shown: may("admin") },
  ];
  return places.filter((place) => place.shown);
}
