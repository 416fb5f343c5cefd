/** A unified diff, as git writes it, taken apart into files and lines. Pure. */

export interface DiffLine {
  readonly kind: "same" | "added" | "removed" | "hunk" | "note";
  readonly text: string;
}

export interface FilePatch {
  readonly path: string;
  readonly change: "added" | "removed" | "changed";
  readonly lines: readonly DiffLine[];
}

export function patchesIn(diff: string): readonly FilePatch[] {
  return diff
    .split(/^(?=diff --git )/m)
    .filter((part) => part.startsWith("diff --git "))
    .map(patchOf);
}

export function countsOf(patch: FilePatch): { readonly added: number; readonly removed: number } {
  const of = (kind: DiffLine["kind"]) => patch.lines.filter((line) => line.kind === kind).length;
  return { added: of("added"), removed: of("removed") };
}

function patchOf(part: string): FilePatch {
  const lines = part.replace(/\n$/, "").split("\n");
  const first = lines.findIndex((line) => line.startsWith("@@"));
  const head = first < 0 ? lines : lines.slice(0, first);
  const body = first < 0 ? head.filter((line) => line.startsWith("Binary files")) : lines.slice(first);
  return { path: pathIn(head), change: changeIn(head), lines: body.map(lineOf) };
}

function lineOf(line: string): DiffLine {
  if (line.startsWith("@@")) return { kind: "hunk", text: line };
  if (line.startsWith("+")) return { kind: "added", text: line.slice(1) };
  if (line.startsWith("-")) return { kind: "removed", text: line.slice(1) };
  if (line.startsWith(" ") || line === "") return { kind: "same", text: line.slice(1) };
  return { kind: "note", text: line.replace(/^\\ /, "") };
}

/** The name after the change, or before it where the file went; quotes of unusual names taken off. */
function pathIn(head: readonly string[]): string {
  const named = (prefix: string) => head.find((line) => line.startsWith(prefix))?.slice(prefix.length);
  const after = named("+++ ");
  const chosen = after && after !== "/dev/null" ? after : (named("--- ") ?? named("rename to "));
  const path = chosen && chosen !== "/dev/null" ? chosen : (head[0]?.split(" ").at(-1) ?? "");
  return path
    .replace(/^"(.*)"$/, "$1")
    .replace(/^[ab]\//, "")
    .replace(/\t$/, "");
}

function changeIn(head: readonly string[]): FilePatch["change"] {
  if (head.some((line) => line.startsWith("new file mode"))) return "added";
  if (head.some((line) => line.startsWith("deleted file mode"))) return "removed";
  return "changed";
}
