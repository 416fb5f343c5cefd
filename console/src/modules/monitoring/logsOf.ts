/** Which logs belong to what is looked at, as the log explorer is asked for them. Pure. */

const PARTS: ReadonlySet<string> = new Set(["daemon", "gateway"]);
const OF_BRANCHES: ReadonlySet<string> = new Set(["cluster", "upkeep", "history"]);

/** A branch, an app or a part of Nacre; null where there is no one log, such as of the machine. */
export function logsOf(kind: string, label: string): string | null {
  if (PARTS.has(kind)) return kind;
  if (OF_BRANCHES.has(kind)) return label;
  if (kind === "app") return label.slice(label.indexOf("/") + 1); // shop/cart
  if (kind === "workspace") return label.slice(0, label.indexOf("/")); // shop:main/ann, whose logs are the branch's
  return null;
}
