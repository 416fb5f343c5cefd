/** The file tree as the rows one sees: folders are loaded when they are opened. */

export interface TreeEntry {
  readonly path: string;
  readonly kind: string;
  readonly size_bytes: number;
}

export interface TreeRow {
  readonly entry: TreeEntry;
  readonly name: string;
  readonly depth: number;
  readonly open: boolean;
  /** An open folder whose content has not arrived. */
  readonly waiting: boolean;
}

/** What a folder holds, or undefined while it is not known. */
export type ContentOf = (folder: string) => readonly TreeEntry[] | undefined;

/** The rows from top to bottom: folders first, then by name as people count (`a2` before `a10`). */
export function visibleRows(contentOf: ContentOf, open: ReadonlySet<string>): TreeRow[] {
  const rows: TreeRow[] = [];
  const descend = (folder: string, depth: number): void => {
    for (const entry of sorted(contentOf(folder) ?? [])) {
      const isOpen = entry.kind === "dir" && open.has(entry.path);
      const waiting = isOpen && contentOf(entry.path) === undefined;
      rows.push({ entry, name: baseName(entry.path), depth, open: isOpen, waiting });
      if (isOpen) descend(entry.path, depth + 1);
    }
  };
  descend("", 0);
  return rows;
}

/** Where an arrow key leads: the path to select, and a folder to open or close on the way. */
export interface Step {
  readonly select: string;
  readonly toggle?: string;
}

/** What a key means on the selected row; null when it means nothing there. Follows the ARIA tree pattern. */
export function stepBy(key: string, rows: readonly TreeRow[], selected: string | null): Step | null {
  if (rows.length === 0) return null;
  const at = rows.findIndex((row) => row.entry.path === selected);
  const row = rows[at];
  const to = (index: number): Step | null => {
    const target = rows[index];
    return target ? { select: target.entry.path } : null;
  };
  switch (key) {
    case "ArrowDown":
      return to(at + 1);
    case "ArrowUp":
      return to(at === -1 ? rows.length - 1 : at - 1);
    case "Home":
      return to(0);
    case "End":
      return to(rows.length - 1);
    case "ArrowRight":
      if (row?.entry.kind !== "dir") return null;
      return row.open ? to(at + 1) : { select: row.entry.path, toggle: row.entry.path };
    case "ArrowLeft": {
      if (!row) return null;
      if (row.open) return { select: row.entry.path, toggle: row.entry.path };
      const parent = parentOf(row.entry.path);
      return parent ? { select: parent } : null;
    }
    default:
      return null;
  }
}

export function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? "" : path.slice(0, slash);
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

export function joined(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

/** The folders above a path, outermost first: what must be open for it to be seen. */
export function foldersAbove(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** Whether `path` is `folder` itself or lies below it; a folder cannot be moved there. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

const byName = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

function sorted(entries: readonly TreeEntry[]): TreeEntry[] {
  return [...entries].sort(
    (a, b) => Number(b.kind === "dir") - Number(a.kind === "dir") || byName.compare(baseName(a.path), baseName(b.path)),
  );
}
