/** What two branches differ in: files, tables, columns, row counts. */
import { useState } from "react";
import { useOperation } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { CommandLine } from "../../components/CommandLine.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { SelectField } from "../../components/Field.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { Change } from "../time/Change.tsx";
import styles from "./CompareBranches.module.css";
import { MAIN, refOf, useWhere } from "./where.tsx";

export function CompareBranches({ branches, onClose }: { branches: readonly string[]; onClose: () => void }) {
  const text = useText();
  const format = useFormat();
  const where = useWhere();
  const others = branches.filter((branch) => branch !== where.branch);
  const [other, setOther] = useState(others.includes(MAIN) ? MAIN : (others[0] ?? MAIN));
  const input = { a: refOf(where.project, other), b: where.ref };
  const diff = useOperation("branch.diff", input);
  return (
    <Dialog title={text.branch.compareTitle(where.branch)} onClose={onClose} width="wide">
      <SelectField
        label={text.branch.compareWith}
        value={other}
        onChange={(event) => setOther(event.target.value)}
        choices={others.map((branch) => ({ value: branch, label: branch }))}
      />
      {diff.isPending && <Skeleton />}
      {diff.error && <ErrorState error={diff.error} inline onRetry={() => void diff.refetch()} />}
      {diff.data?.identical && <p>{text.branch.identical}</p>}
      {diff.data && diff.data.files.length > 0 && (
        <section>
          <h3>{text.time.files(diff.data.files.length)}</h3>
          <ul className={styles.list}>
            {diff.data.files.map((file) => (
              <li key={file.path}>
                <Change kind={file.change} />
                <code>{file.path}</code>
              </li>
            ))}
          </ul>
        </section>
      )}
      {diff.data && diff.data.tables.length > 0 && (
        <section>
          <h3>{text.time.tables(diff.data.tables.length)}</h3>
          <ul className={styles.list}>
            {diff.data.tables.map((table) => (
              <li key={table.table}>
                <Change kind={table.change === "rows" ? "changed" : table.change} />
                <code>{table.table}</code>
                {table.rows_before !== null && table.rows_after !== null && (
                  <span>{text.time.rowsFromTo(format.number(table.rows_before), format.number(table.rows_after))}</span>
                )}
                {(table.lines_removed.length > 0 || table.lines_added.length > 0) && (
                  <pre className={styles.lines}>
                    {table.lines_removed.map((line) => `− ${line}\n`)}
                    {table.lines_added.map((line) => `+ ${line}\n`)}
                  </pre>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
      <CommandLine command={commandOf("branch.diff", input)} />
    </Dialog>
  );
}
