/** Rows and columns, of which only what is seen is drawn; walked by arrow keys, sorted by headings, edited in place. */
// biome-ignore-all lint/a11y/useSemanticElements: what draws only the rows one sees cannot be a <table>
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus, and points at the cell it is on
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ClipboardEvent, type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { useText } from "../../i18n/text.tsx";
import { type Cell, csvOf, isNumeric, shownAs, widthsOf } from "./cell.ts";
import styles from "./Grid.module.css";

export interface Column {
  readonly name: string;
  readonly type?: string;
  readonly key?: boolean;
}

export interface Sorting {
  readonly column: string;
  readonly descending: boolean;
}

interface Props {
  readonly label: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  readonly sorting?: Sorting | null;
  readonly onSort?: (column: string) => void;
  /** Begins to edit a cell: gives what takes the new value, for the row as it was then. It tells whether it was taken. */
  readonly onEdit?: (row: number, column: number) => Commit;
  readonly selected?: ReadonlySet<number>;
  readonly onSelect?: (row: number) => void;
  readonly onReach?: () => void;
  readonly foot?: ReactNode;
}

export type Commit = (text: string | null) => Promise<boolean>;

interface At {
  readonly row: number;
  readonly column: number;
}

const ROW_PX = 28;
const NUMBER_PX = 52;

export function Grid(props: Props) {
  const { label, columns, rows, onReach } = props;
  const text = useText();
  const scroller = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<At>({ row: 0, column: 0 });
  const [editing, setEditing] = useState<Commit | null>(null);
  const names = useMemo(() => columns.map((column) => column.name), [columns]);
  const widths = useMemo(() => widthsOf(names, rows), [names, rows]);
  const template = `${NUMBER_PX}px ${widths.map((width) => `${width}px`).join(" ")} 1fr`;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const lowest = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows.length > 0 && lowest >= rows.length - 20) onReach?.();
  }, [lowest, rows.length, onReach]);

  const go = (row: number, column: number) => {
    const next = {
      row: Math.min(rows.length - 1, Math.max(0, row)),
      column: Math.min(columns.length - 1, Math.max(0, column)),
    };
    setAt(next);
    virtual.scrollToIndex(next.row);
    const cell = scroller.current?.querySelector(`[data-column="${next.column}"]`);
    cell?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const edit = (row: number, column: number) => {
    const commit = props.onEdit?.(row, column);
    setAt({ row, column });
    if (commit) setEditing(() => commit);
  };
  const stop = () => {
    setEditing(null);
    scroller.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (editing) return;
    const page = Math.floor((scroller.current?.clientHeight ?? 300) / ROW_PX) - 2;
    const target = targetOf(event, at, page, rows.length, columns.length);
    if (target) go(target.row, target.column);
    else if ((event.key === "Enter" || event.key === "F2") && props.onEdit) edit(at.row, at.column);
    else if (event.key === " " && props.onSelect) props.onSelect(at.row);
    else return;
    event.preventDefault();
  };
  const onCopy = (event: ClipboardEvent) => {
    if (editing || window.getSelection()?.toString()) return;
    event.preventDefault();
    const chosen = props.selected?.size ? rows.filter((_, index) => props.selected?.has(index)) : null;
    event.clipboardData.setData("text/plain", chosen ? csvOf(names, chosen) : shownAs(rows[at.row]?.[at.column]));
  };
  return (
    <div
      ref={scroller}
      className={styles.grid}
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length}
      aria-activedescendant={`cell-${at.row}-${at.column}`}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onCopy={onCopy}
    >
      <div className={styles.head} role="row" style={{ gridTemplateColumns: template }}>
        <span role="columnheader" className={styles.number}>
          #
        </span>
        {columns.map((column) => (
          <Heading key={column.name} column={column} sorting={props.sorting ?? null} onSort={props.onSort} />
        ))}
      </div>
      <div className={styles.body} style={{ height: virtual.getTotalSize() }}>
        {items.map(({ index, start }) => (
          <div
            key={index}
            className={styles.row}
            role="row"
            aria-rowindex={index + 2}
            aria-selected={props.selected?.has(index) ?? false}
            style={{ gridTemplateColumns: template, transform: `translateY(${start}px)` }}
          >
            <span className={styles.number} role="rowheader">
              {props.onSelect ? (
                <input
                  type="checkbox"
                  tabIndex={-1}
                  aria-label={text.data.selectRow(index + 1)}
                  checked={props.selected?.has(index) ?? false}
                  onChange={() => props.onSelect?.(index)}
                />
              ) : (
                index + 1
              )}
            </span>
            {columns.map((column, number) => {
              const here = at.row === index && at.column === number;
              const value = rows[index]?.[number];
              return here && editing ? (
                <Editing
                  key={column.name}
                  label={column.name}
                  initial={shownAs(value)}
                  onCommit={async (typed) => {
                    if (await editing(typed)) stop();
                  }}
                  onCancel={stop}
                />
              ) : (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the grid itself takes the keys
                <span
                  key={column.name}
                  id={`cell-${index}-${number}`}
                  role="gridcell"
                  data-column={number}
                  data-here={here || undefined}
                  className={cellClass(value, column.type)}
                  title={shownAs(value)}
                  onClick={() => setAt({ row: index, column: number })}
                  onDoubleClick={() => edit(index, number)}
                >
                  {value === null ? "null" : shownAs(value)}
                </span>
              );
            })}
          </div>
        ))}
      </div>
      {props.foot}
    </div>
  );
}

function targetOf(event: KeyboardEvent, at: At, page: number, rows: number, columns: number): At | null {
  switch (event.key) {
    case "ArrowDown":
      return { ...at, row: at.row + 1 };
    case "ArrowUp":
      return { ...at, row: at.row - 1 };
    case "ArrowRight":
      return { ...at, column: at.column + 1 };
    case "ArrowLeft":
      return { ...at, column: at.column - 1 };
    case "PageDown":
      return { ...at, row: at.row + page };
    case "PageUp":
      return { ...at, row: at.row - page };
    case "Home":
      return event.ctrlKey ? { row: 0, column: 0 } : { ...at, column: 0 };
    case "End":
      return event.ctrlKey ? { row: rows - 1, column: columns - 1 } : { ...at, column: columns - 1 };
    default:
      return null;
  }
}

interface HeadingProps {
  readonly column: Column;
  readonly sorting: Sorting | null;
  readonly onSort: ((column: string) => void) | undefined;
}

function Heading({ column, sorting, onSort }: HeadingProps) {
  const sorted = sorting?.column === column.name ? (sorting.descending ? "descending" : "ascending") : "none";
  const arrow = { none: "", ascending: " ↑", descending: " ↓" }[sorted];
  const name = (
    <>
      <strong>{column.name}</strong>
      {column.key && <span className={styles.keyed}>PK</span>}
      {arrow}
    </>
  );
  return (
    <span role="columnheader" aria-sort={sorted} className={styles.heading} title={column.type}>
      {onSort ? (
        <button type="button" tabIndex={-1} onClick={() => onSort(column.name)}>
          {name}
        </button>
      ) : (
        name
      )}
    </span>
  );
}

interface EditingProps {
  readonly label: string;
  readonly initial: string;
  /** null stands for the null value. */
  readonly onCommit: (text: string | null) => void;
  readonly onCancel: () => void;
}

function Editing({ label, initial, onCommit, onCancel }: EditingProps) {
  const [typed, setTyped] = useState(initial);
  return (
    <input
      className={styles.editing}
      aria-label={label}
      value={typed}
      // biome-ignore lint/a11y/noAutofocus: the person asked to type here
      autoFocus
      onChange={(event) => setTyped(event.target.value)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Escape" || (event.key === "Enter" && typed === initial)) onCancel();
        else if (event.key === "Enter") onCommit(typed);
        else if (event.key === "Delete" && event.ctrlKey) onCommit(null);
      }}
    />
  );
}

function cellClass(value: Cell | undefined, type: string | undefined): string {
  const numeric = typeof value === "number" || (type !== undefined && isNumeric(type));
  return [styles.cell, value === null && styles.none, numeric && styles.numeric].filter(Boolean).join(" ");
}
