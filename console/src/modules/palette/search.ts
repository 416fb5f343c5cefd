/** Finding by a few letters: every word typed must occur; beginnings count more, and a command most. */

interface Findable {
  readonly title: string;
  readonly detail: string;
}

/** The entries in which every typed word occurs, best first; all of them, in their order, when nothing is typed. */
export function ranked<Entry extends Findable>(entries: readonly Entry[], typed: string): readonly Entry[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return entries;
  return entries
    .map((entry) => ({ entry, score: scoreOf(entry, words) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ entry }) => entry);
}

function scoreOf(entry: Findable, words: readonly string[]): number {
  const command = entry.detail.toLowerCase().replace(/^nacre /, "");
  const phrase = words.join(" ").replace(/^nacre /, "");
  const named = command === phrase ? 20 : command.startsWith(phrase) ? 8 : 0;
  const scores = words.map((word) => Math.max(2 * occurrence(entry.title, word), occurrence(entry.detail, word)));
  return scores.includes(0) ? 0 : scores.reduce((sum, score) => sum + score, named);
}

function occurrence(text: string, word: string): number {
  const at = text.toLowerCase().indexOf(word);
  if (at < 0) return 0;
  if (at === 0) return 3;
  return /[\s.\-:]/.test(text[at - 1] ?? "") ? 2 : 1;
}
