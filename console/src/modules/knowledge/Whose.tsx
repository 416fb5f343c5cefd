/** Who may read a collection: only one person, a project's members, or everyone. */
import { Link } from "@tanstack/react-router";
import { useSession } from "../../api/session.ts";
import { Icon } from "../../components/Icon.tsx";
import { useText } from "../../i18n/text.tsx";
import type { Collection } from "./collections.ts";
import styles from "./Whose.module.css";

const ICONS = { private: "lock", project: "projects", everyone: "people" } as const;

export function Whose({ collection }: { collection: Pick<Collection, "access" | "person" | "project"> }) {
  const text = useText();
  const { person } = useSession();
  const { access, project } = collection;
  return (
    <span className={styles.whose}>
      <Icon name={ICONS[access]} />
      {access === "project" && project !== null ? (
        <Link to="/projects/$ref" params={{ ref: project }}>
          {project}
        </Link>
      ) : access === "private" && collection.person !== person ? (
        text.knowledge.privateOf(collection.person)
      ) : (
        text.knowledge.accesses[access]
      )}
    </span>
  );
}
