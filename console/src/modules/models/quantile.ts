/** What a histogram tells of the times it was made of. */

/** The bound that this share of what was counted did not exceed; null without any, Infinity beyond the last bound. */
export function quantile(bounds: readonly number[], counts: readonly number[], share: number): number | null {
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all === 0) return null;
  let seen = 0;
  const place = counts.findIndex((count) => {
    seen += count;
    return seen >= share * all;
  });
  return bounds[place] ?? Number.POSITIVE_INFINITY;
}
