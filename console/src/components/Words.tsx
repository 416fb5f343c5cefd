/** A sentence of the daemon's: what it sets in backticks, to be typed, is set as code. */

export function Words({ children }: { children: string }) {
  // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one sentence have no other name
  return children.split("`").map((part, at) => (at % 2 ? <code key={at}>{part}</code> : part));
}
