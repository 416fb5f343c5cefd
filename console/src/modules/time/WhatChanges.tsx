/** What a rewind to a moment would change, in words and numbers: transactions, files with diffs, tables with counts. */
import { lazy, Suspense, useState } from "react";
import { useOperation } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Icon } from "../../components/Icon.tsx";
import { Progress } from "../../components/Progress.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { useWhere } from "../branch/where.tsx";
import { Change } from "./Change.tsx";
import { useMoment } from "./useMoment.ts";
import styles from "./WhatChanges.module.css";

const FileChange = lazy(() => import("./FileChange.tsx"));

type Preview = OutputOf<"history.preview">;
const FILES_SHOWN = 500;

interface Props {
  readonly time: string;
  readonly side: "both" | "db" | "files";
}

export function WhatChanges({ time, side }: Props) {
  const text = useText();
  const format = useFormat();
  const { ref } = useWhere();
  const moment = useMoment(time);
  const input = { ref, moment, files: FILES_SHOWN };
  const files = useOperation("history.preview", { ...input, tables: false });
  const tables = useOperation("history.preview", { ...input, tables: true }, { enabled: side !== "files" });
  const preview = tables.data ?? files.data;
  if (!preview) {
    if (files.error) return <ErrorState error={files.error} inline onRetry={() => void files.refetch()} />;
    return <Skeleton lines={5} />;
  }
  return (
    <div className={styles.changes}>
      <dl className={styles.numbers}>
        {side !== "files" && (
          <Figure
            value={format.number(preview.transactions_undone)}
            word={text.time.transactionsUndone(preview.transactions_undone)}
          />
        )}
        {side !== "db" && (
          <Figure value={format.number(preview.files_changed)} word={text.time.filesChange(preview.files_changed)} />
        )}
        {side !== "files" && preview.tables && (
          <Figure value={format.number(preview.tables.length)} word={text.time.tablesChange(preview.tables.length)} />
        )}
      </dl>
      <p className={styles.reached}>
        {text.time.reached(format.dateTime(preview.reached))} {preview.exact && text.time.exact}
      </p>
      {side !== "files" && (
        <section>
          <h3>{text.time.tablesTitle}</h3>
          {preview.tables && <Tables tables={preview.tables} />}
          {!preview.tables && tables.isPending && <Progress step={null} label={text.time.comparingTables} />}
          {tables.error && <ErrorState error={tables.error} inline onRetry={() => void tables.refetch()} />}
        </section>
      )}
      {side !== "db" && (
        <section>
          <h3>{text.time.filesTitle}</h3>
          <Files preview={preview} moment={moment} />
        </section>
      )}
    </div>
  );
}

function Figure({ value, word }: { value: string; word: string }) {
  return (
    <div>
      <dd>{value}</dd>
      <dt>{word}</dt>
    </div>
  );
}

function Tables({ tables }: { tables: NonNullable<Preview["tables"]> }) {
  const text = useText();
  const format = useFormat();
  if (tables.length === 0) return <p className={styles.nothing}>{text.time.noTables}</p>;
  return (
    <ul className={styles.list}>
      {tables.map((table) => {
        const [now, then] = [table.rows_before, table.rows_after];
        const more = now !== null && then !== null ? then - now : null;
        return (
          <li key={table.table} className={styles.line}>
            <Change kind={table.change === "rows" ? "changed" : table.change} />
            <code className={styles.path}>{table.table}</code>
            {now !== null && then !== null && (
              <span className={styles.rows}>{text.time.rowsFromTo(format.number(now), format.number(then))}</span>
            )}
            {more !== null && more !== 0 && (
              <strong className={styles.rows}>
                {more > 0 ? `+${format.number(more)}` : `−${format.number(-more)}`}
              </strong>
            )}
            {table.estimated && <span className={styles.rows}>{text.time.estimated}</span>}
            {(table.lines_removed.length > 0 || table.lines_added.length > 0) && (
              <pre className={styles.definition}>
                {table.lines_removed.map((line) => `− ${line}\n`)}
                {table.lines_added.map((line) => `+ ${line}\n`)}
              </pre>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function Files({ preview, moment }: { preview: Preview; moment: string }) {
  const text = useText();
  const format = useFormat();
  const [open, setOpen] = useState<string | null>(null);
  const sizeOf = (bytes: number | null) => (bytes === null ? "–" : format.bytes(bytes));
  if (preview.files_changed === 0) return <p className={styles.nothing}>{text.time.noFiles}</p>;
  return (
    <ul className={styles.list}>
      {preview.files.map((file) => (
        <li key={file.path}>
          <button
            type="button"
            className={styles.line}
            disabled={file.kind !== "file"}
            aria-expanded={open === file.path}
            onClick={() => setOpen(open === file.path ? null : file.path)}
          >
            <Icon name={open === file.path ? "down" : "right"} size={12} />
            <Change kind={file.change} />
            <code className={styles.path}>{file.path}</code>
            {file.kind === "file" && (
              <span className={styles.rows}>
                {sizeOf(file.bytes_now)} → {sizeOf(file.bytes_then)}
              </span>
            )}
          </button>
          {open === file.path && (
            <Suspense fallback={<Skeleton lines={3} />}>
              <FileChange path={file.path} moment={moment} />
            </Suspense>
          )}
        </li>
      ))}
      {preview.files_changed > preview.files.length && (
        <li className={styles.nothing}>{text.time.andMore(preview.files_changed - preview.files.length)}</li>
      )}
    </ul>
  );
}
