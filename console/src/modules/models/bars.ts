/** Which chart a result asks for: a word and a number in each row, few enough to be seen at once. Pure. */
import type { Cell } from "../data/cell.ts";

export interface Bar {
  readonly label: string;
  readonly value: number;
}

export interface Bars {
  /** What the numbers are: the name of their column. */
  readonly measure: string;
  readonly bars: readonly Bar[];
}

const MOST = 40;

/** The first column that names each row differently, against the last that holds only numbers; null where none does. */
export function barsOf(columns: readonly string[], rows: readonly (readonly Cell[])[]): Bars | null {
  if (rows.length < 2 || rows.length > MOST) return null;
  const numbers = columns.findLastIndex((_, at) => rows.every((row) => numberIn(row[at]) !== null));
  const labels = columns.findIndex(
    (_, at) => at !== numbers && new Set(rows.map((row) => String(row[at]))).size === rows.length,
  );
  const measure = columns[numbers];
  if (measure === undefined || labels < 0) return null;
  const bars = rows.map((row) => ({ label: String(row[labels] ?? ""), value: numberIn(row[numbers]) ?? 0 }));
  return { measure, bars };
}

/** Numbers come as such, or as text where JavaScript's would lose digits. */
function numberIn(cell: Cell | undefined): number | null {
  if (typeof cell === "number") return cell;
  return typeof cell === "string" && /^-?\d+(\.\d+)?$/.test(cell) ? Number(cell) : null;
}
