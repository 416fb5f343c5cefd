/** Which paths match what was typed, and in which order. */
import { baseName } from "./tree.ts";

/** Paths that hold all the words typed: matches in the name before those in the folder, short before long. */
export function ranked(paths: readonly string[], wanted: string): string[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const inName = (path: string) => words.every((word) => baseName(path).toLowerCase().includes(word));
  return paths
    .filter((path) => words.every((word) => path.toLowerCase().includes(word)))
    .sort((a, b) => Number(inName(b)) - Number(inName(a)) || a.length - b.length || (a < b ? -1 : 1));
}
