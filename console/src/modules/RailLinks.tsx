/** Where one can go: what exists, and what this person may see. */
import { Link } from "@tanstack/react-router";
import { useMay } from "../api/session.ts";
import { Icon, type IconName } from "../components/Icon.tsx";
import { useText } from "../i18n/text.tsx";
import styles from "./RailLinks.module.css";

interface Place {
  to: string;
  icon: IconName;
  label: string;
  shown: boolean;
}

export function RailLinks() {
  return (
    <ul className={styles.links}>
      {usePlaces().map((place) => (
        <li key={place.to}>
          <Link to={place.to} className={styles.link} activeProps={{ className: styles.active }}>
            <Icon name={place.icon} />
            {place.label}
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** The places of the rail that this person may go to. */
export function usePlaces(): readonly Place[] {
  const text = useText();
  const may = useMay();
  const places: readonly Place[] = [
    { to: "/projects", icon: "projects", label: text.rail.projects, shown: true },
    { to: "/people", icon: "people", label: text.rail.people, shown: may("admin") },
    { to: "/system", icon: "system", label: text.rail.system, shown: may("admin") },
  ];
  return places.filter((place) => place.shown);
}
