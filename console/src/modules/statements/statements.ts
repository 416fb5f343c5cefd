/** What statements cost, as the page of slow queries shows it. Pure. */
import type { InputOf, OutputOf } from "../../api/operations.ts";

export type Listed = OutputOf<"statement.list">;
export type Statement = Listed["statements"][number];
export type Top = NonNullable<InputOf<"statement.list">["by"]>;

export const TOPS: readonly Top[] = ["time", "calls", "mean", "rows", "reads", "writes", "temporary", "log"];

const PLAIN = 1.3;

/** How long it takes now, by what of all that was counted; null while it has not run since. */
export function trendOf(
  all: Pick<Statement, "mean_s">,
  lately: Pick<Statement, "mean_s" | "calls"> | undefined,
): "slower" | "faster" | "same" | null {
  if (!lately || lately.calls === 0) return null;
  if (lately.mean_s > all.mean_s * PLAIN) return "slower";
  return lately.mean_s * PLAIN < all.mean_s ? "faster" : "same";
}

/** On one line, for a row. */
export function inLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
