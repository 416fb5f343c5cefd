/** The rows of a table, page after page as one scrolls: filtered, sorted, and changed by primary key. */
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { call } from "../../api/client.ts";
import type { ApiError } from "../../api/errors.ts";
import type { InputOf, OutputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { useWhere } from "../branch/where.tsx";
import { CsvIn } from "./CsvIn.tsx";
import { CsvOut } from "./CsvOut.tsx";
import { type Cell, typedAs } from "./cell.ts";
import { DeleteRows } from "./DeleteRows.tsx";
import { Filters } from "./Filters.tsx";
import { type Commit, Grid, type Sorting } from "./Grid.tsx";
import { NewRow } from "./NewRow.tsx";
import styles from "./Rows.module.css";

type Shape = OutputOf<"table.describe">;
const PAGE = 200;

export function Rows({ shape }: { shape: Shape }) {
  const text = useText();
  const format = useFormat();
  const toasts = useToasts();
  const queries = useQueryClient();
  const { ref, at, writable } = useWhere();
  const [where, setWhere] = useState<readonly string[]>([]);
  const [sorting, setSorting] = useState<Sorting | null>(null);
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const [asked, setAsked] = useState<"insert" | "delete" | "import" | null>(null);

  const question: InputOf<"table.rows"> = {
    ref,
    table: shape.table,
    where: [...where],
    sort: sorting ? [`${sorting.descending ? "-" : ""}${sorting.column}`] : [],
    ...(at === null ? {} : { at }),
  };
  const pages = useInfiniteQuery<OutputOf<"table.rows">, ApiError>({
    queryKey: ["table.rows", question],
    initialPageParam: null,
    queryFn: ({ pageParam, signal }) => {
      const first = pageParam === null;
      return call("table.rows", { ...question, limit: PAGE, after: pageParam as string | null, count: first }, signal);
    },
    getNextPageParam: (page) => page.next,
  });
  const rows = useMemo(() => pages.data?.pages.flatMap((page) => page.rows as Cell[][]) ?? [], [pages.data]);
  const versions = useMemo(() => pages.data?.pages.flatMap((page) => page.versions ?? []) ?? [], [pages.data]);
  const first = pages.data?.pages[0];
  const columns = useMemo(() => shape.columns.map(({ name, type, key }) => ({ name, type, key })), [shape.columns]);
  const mayChange = writable && shape.writable && shape.key.length > 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = pages;
  const onReach = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  const again = async () => {
    setSelected(new Set());
    await queries.invalidateQueries({ queryKey: ["table.rows"] });
  };
  const keyOf = (row: number) =>
    Object.fromEntries(shape.key.map((name) => [name, rows[row]?.[columns.findIndex((each) => each.name === name)]]));
  const onEdit = (row: number, column: number): Commit => {
    const target = columns[column];
    const version = versions[row];
    const input = { ref, table: shape.table, key: keyOf(row), ...(version === undefined ? {} : { version }) };
    return async (typed) => {
      if (!target) return true;
      const value = typed === null ? null : typedAs(typed, target.type);
      try {
        await call("row.update", { ...input, values: { [target.name]: value } });
        void again();
        return true;
      } catch (error) {
        toasts.fail(error);
        return false;
      }
    };
  };
  const onSort = (column: string) => {
    setSelected(new Set());
    setSorting((now) => {
      if (now?.column !== column) return { column, descending: false };
      return now.descending ? null : { column, descending: true };
    });
  };
  const onSelect = (row: number) =>
    setSelected((now) => {
      const next = new Set(now);
      if (!next.delete(row)) next.add(row);
      return next;
    });

  return (
    <>
      <div className={styles.tools}>
        <Filters columns={columns} where={where} onWhere={setWhere} />
        <div className={styles.actions}>
          {writable && shape.writable && (
            <Button size="small" icon="plus" onClick={() => setAsked("insert")}>
              {text.data.newRow}
            </Button>
          )}
          {mayChange && selected.size > 0 && (
            <Button size="small" look="danger" icon="trash" onClick={() => setAsked("delete")}>
              {text.data.deleteRows(selected.size)}
            </Button>
          )}
          {writable && shape.writable && (
            <Button size="small" icon="upload" onClick={() => setAsked("import")}>
              {text.data.csvIn}
            </Button>
          )}
          <CsvOut question={question} />
        </div>
      </div>
      {pages.isPending && <Skeleton lines={8} />}
      {pages.error && <ErrorState error={pages.error} onRetry={() => void pages.refetch()} />}
      {first && rows.length === 0 && (
        <EmptyState icon="table" title={where.length > 0 ? text.common.noMatches : text.data.noRows}>
          {where.length === 0 && text.data.noRowsAbout}
        </EmptyState>
      )}
      {rows.length > 0 && (
        <Grid
          label={shape.table}
          columns={columns}
          rows={rows}
          sorting={sorting}
          onSort={onSort}
          onReach={onReach}
          {...(mayChange ? { onEdit, onSelect, selected } : {})}
        />
      )}
      <footer className={styles.foot}>
        <span role="status">
          {first?.total != null
            ? text.data.rowsOf(format.number(rows.length), format.number(first.total))
            : text.data.rowsShown(format.number(rows.length))}
        </span>
        {first && <span>{format.duration(first.seconds * 1000)}</span>}
        {writable && shape.writable && shape.key.length === 0 && <span>{text.data.noKey}</span>}
        <span className={styles.line}>
          <CommandLine command={commandOf("table.rows", question)} />
        </span>
      </footer>
      {asked === "insert" && <NewRow shape={shape} onClose={() => setAsked(null)} onDone={again} />}
      {asked === "import" && <CsvIn shape={shape} onClose={() => setAsked(null)} onDone={again} />}
      {asked === "delete" && (
        <DeleteRows
          table={shape.table}
          keys={[...selected].map(keyOf)}
          versions={versions.length > 0 ? [...selected].map((row) => versions[row] ?? "") : null}
          onClose={() => setAsked(null)}
          onDone={again}
        />
      )}
    </>
  );
}
