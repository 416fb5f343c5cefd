/** One table: its rows and its structure. */
import { useState } from "react";
import { useOperation } from "../../api/hooks.ts";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { useText } from "../../i18n/text.tsx";
import { useWhere } from "../branch/where.tsx";
import { Rows } from "./Rows.tsx";
import { Structure } from "./Structure.tsx";
import styles from "./TableView.module.css";

const VIEWS = ["rows", "structure"] as const;

export function TableView({ table }: { table: string }) {
  const text = useText();
  const { ref, at } = useWhere();
  const [view, setView] = useState<(typeof VIEWS)[number]>("rows");
  const shape = useOperation("table.describe", { ref, table, ...(at === null ? {} : { at }) });
  return (
    <section className={styles.view} aria-label={table}>
      <header className={styles.head}>
        <h2 className={styles.name}>{table}</h2>
        <div role="tablist" aria-label={table} className={styles.tabs}>
          {VIEWS.map((each) => (
            <button
              key={each}
              type="button"
              role="tab"
              aria-selected={view === each}
              className={styles.tab}
              onClick={() => setView(each)}
            >
              {text.data.views[each]}
            </button>
          ))}
        </div>
        {shape.data?.comment && <p className={styles.comment}>{shape.data.comment}</p>}
      </header>
      {shape.isPending && <Skeleton />}
      {shape.error && <ErrorState error={shape.error} onRetry={() => void shape.refetch()} />}
      {shape.data && (view === "rows" ? <Rows shape={shape.data} /> : <Structure shape={shape.data} />)}
    </section>
  );
}
