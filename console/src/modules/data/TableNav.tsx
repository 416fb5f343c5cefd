/** The tables of a branch with their sizes, and the way to SQL. */
import { useState } from "react";
import { useOperation } from "../../api/hooks.ts";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Icon } from "../../components/Icon.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { useWhere } from "../branch/where.tsx";
import styles from "./TableNav.module.css";

interface Props {
  /** The table shown; null: SQL. */
  readonly table: string | null;
  readonly onTable: (table: string | null) => void;
}

export function TableNav({ table, onTable }: Props) {
  const text = useText();
  const format = useFormat();
  const { ref, at } = useWhere();
  const [wanted, setWanted] = useState("");
  const tables = useOperation("table.list", at === null ? { ref } : { ref, at });
  const shown = (tables.data ?? []).filter((each) => each.table.toLowerCase().includes(wanted.toLowerCase()));
  return (
    <nav className={styles.nav} aria-label={text.data.tables}>
      <button type="button" className={styles.item} aria-current={table === null} onClick={() => onTable(null)}>
        <Icon name="code" />
        <span className={styles.name}>{text.data.sql}</span>
      </button>
      {(tables.data?.length ?? 0) > 8 && (
        <input
          className={styles.search}
          type="search"
          placeholder={text.data.findTable}
          aria-label={text.data.findTable}
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
      )}
      {tables.isPending && <Skeleton />}
      {tables.error && <ErrorState error={tables.error} inline onRetry={() => void tables.refetch()} />}
      <ul className={styles.list}>
        {shown.map((each) => (
          <li key={each.table}>
            <button
              type="button"
              className={styles.item}
              aria-current={table === each.table}
              title={each.comment ?? each.kind}
              onClick={() => onTable(each.table)}
            >
              <Icon name={each.kind.includes("view") ? "search" : "table"} />
              <span className={styles.name}>{each.table}</span>
              <span className={styles.size}>{each.size_bytes > 0 ? format.bytes(each.size_bytes) : ""}</span>
            </button>
          </li>
        ))}
      </ul>
      {tables.data?.length === 0 && <p className={styles.empty}>{text.data.noTables}</p>}
    </nav>
  );
}
