/** Values of a database as they are shown in a cell, and typed into one. */

export type Cell = boolean | number | string | readonly unknown[] | Readonly<Record<string, unknown>> | null;

/** One line for a grid; null has a look of its own and no text. */
export function shownAs(value: Cell | undefined): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The whole value for reading: JSON over several lines. */
export function readAs(value: Cell | undefined): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value, null, 2) : shownAs(value);
}

/** What was typed, as the call carries it: JSON types as values, everything else as text for Postgres to read. */
export function typedAs(text: string, type: string): Cell {
  if (/^jsonb?$/.test(type) || type.endsWith("[]")) {
    try {
      return JSON.parse(text) as Cell;
    } catch {
      return text;
    }
  }
  return text;
}

export function isNumeric(type: string): boolean {
  return /^(smallint|integer|bigint|numeric|real|double precision|money|oid)\b/.test(type);
}

/** Rows as CSV (RFC 4180): what is copied out of a result. */
export function csvOf(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [columns, ...rows.map((row) => row.map(shownAs))].map((row) => row.map(quoted).join(",")).join("\r\n");
}

function quoted(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const CHAR_PX = 7.4;

/** A width for each column that shows most of what the first rows hold. */
export function widthsOf(columns: readonly string[], rows: readonly (readonly Cell[])[]): number[] {
  return columns.map((name, index) => {
    const longest = rows.slice(0, 100).reduce((most, row) => Math.max(most, visualLength(shownAs(row[index]))), 0);
    return Math.round(Math.min(360, Math.max(72, Math.max(longest, visualLength(name) + 3) * CHAR_PX + 20)));
  });
}

/** East Asian letters are twice as wide. */
function visualLength(text: string): number {
  let length = 0;
  for (const letter of text.slice(0, 60)) length += /[\u1100-\u115f\u2e80-\uffdc]/.test(letter) ? 2 : 1;
  return length;
}
