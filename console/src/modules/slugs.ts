/** Names that become part of addresses: the daemon's own rule, so that a form can say it at once. */

export function isSlug(name: string): boolean {
  return /^[a-z][a-z0-9-]{0,38}$/.test(name);
}

/** A name to propose for “Ann-Sofie Müller”: ann-sofie. Empty when nothing of it can be used. */
export function slugOf(words: string): string {
  const first = words.trim().split(/\s+/)[0] ?? "";
  const plain = first
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, "");
  return plain
    .replace(/^[^a-z]+/, "")
    .replace(/-+$/, "")
    .slice(0, 39);
}
