/** Data: the tables of a branch with their rows and structure, and SQL, now or as it was. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useText } from "../../i18n/text.tsx";
import { SqlPage } from "../../modules/data/SqlPage.tsx";
import { TableNav } from "../../modules/data/TableNav.tsx";
import { TableView } from "../../modules/data/TableView.tsx";
import { Panes, useLayout } from "../../modules/panes/Panes.tsx";
import { useNarrow } from "../../modules/panes/useNarrow.ts";
import styles from "./Data.module.css";

export default function Data() {
  const text = useText();
  const navigate = useNavigate();
  const narrow = useNarrow();
  const layout = useLayout("data", [0.18, 0.82]);
  const { table = null } = useSearch({ from: "/signed-in/projects/$ref/data" });
  const onTable = (next: string | null) =>
    void navigate({ to: ".", search: (now) => ({ ...now, table: next ?? undefined }) as never });

  const nav = <TableNav table={table} onTable={onTable} />;
  const content = table === null ? <SqlPage /> : <TableView key={table} table={table} />;
  if (narrow) {
    return (
      <div className={styles.narrow}>
        <details className={styles.tables}>
          <summary>{table ?? text.data.sql}</summary>
          {nav}
        </details>
        {content}
      </div>
    );
  }
  return (
    <Panes
      layout={layout}
      direction="row"
      main="content"
      labelOfBorder={text.studio.border}
      panes={[
        { name: "tables", content: nav },
        { name: "content", content },
      ]}
    />
  );
}
