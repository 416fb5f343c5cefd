/** What a statement returned: rows in a grid, or how many it changed. */
import { useMemo } from "react";
import type { OutputOf } from "../../api/operations.ts";
import { CopyButton } from "../../components/Copyable.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { type Cell, csvOf } from "./cell.ts";
import { Grid } from "./Grid.tsx";
import styles from "./SqlResult.module.css";

export function SqlResult({ result }: { result: OutputOf<"sql.run"> }) {
  const text = useText();
  const format = useFormat();
  const rows = result.rows as Cell[][];
  const columns = useMemo(() => result.columns.map((name) => ({ name })), [result.columns]);
  const csv = useMemo(() => csvOf(result.columns, rows), [result.columns, rows]);
  return (
    <>
      {columns.length > 0 && <Grid label={text.data.result} columns={columns} rows={rows} />}
      <footer className={styles.foot} role="status">
        <span>
          {columns.length > 0
            ? text.data.rowsReturned(result.row_count, format.number(result.row_count))
            : text.data.rowsChanged(result.command, format.number(result.row_count))}
        </span>
        {result.truncated && <span className={styles.cut}>{text.data.truncated(format.number(rows.length))}</span>}
        <span>{format.duration(result.seconds * 1000)}</span>
        {columns.length > 0 && (
          <span className={styles.copy}>
            CSV <CopyButton value={csv} label="CSV" />
          </span>
        )}
      </footer>
    </>
  );
}
