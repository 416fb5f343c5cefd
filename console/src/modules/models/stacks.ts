/** Amounts by day as stacked bars: the largest kinds each with a part of their own, the rest together. Pure. */

export interface Amount {
  /** The day, as 2026-11-28. */
  readonly day: string;
  readonly key: string;
  readonly value: number;
}

export interface Part {
  readonly key: string;
  readonly from: number;
  readonly to: number;
}

export interface Stack {
  readonly day: string;
  readonly total: number;
  readonly parts: readonly Part[];
}

export interface Stacks {
  /** The largest first; what is left over is REST. */
  readonly keys: readonly string[];
  readonly stacks: readonly Stack[];
  /** Where the scale ends: a round number that no bar exceeds. */
  readonly top: number;
}

/** The key of everything that has no part of its own. */
export const REST = "";

/** One bar for each of `days`, also for those on which nothing was spent. */
export function stacked(amounts: readonly Amount[], days: readonly string[], most: number): Stacks {
  const within = amounts.filter(({ day, value }) => value > 0 && days.includes(day));
  const totals = new Map<string, number>();
  for (const { key, value } of within) totals.set(key, (totals.get(key) ?? 0) + value);
  const bySize = [...totals].sort(([a, x], [b, y]) => y - x || a.localeCompare(b)).map(([key]) => key);
  const own = bySize.length > most ? bySize.slice(0, most - 1) : bySize;
  const keys = own.length < bySize.length ? [...own, REST] : own;
  const stacks = days.map((day) => stackOf(day, keys, own, within));
  return { keys, stacks, top: roundTop(Math.max(0, ...stacks.map(({ total }) => total))) };
}

function stackOf(day: string, keys: readonly string[], own: readonly string[], amounts: readonly Amount[]): Stack {
  const sums = new Map<string, number>();
  for (const amount of amounts) {
    if (amount.day !== day) continue;
    const key = own.includes(amount.key) ? amount.key : REST;
    sums.set(key, (sums.get(key) ?? 0) + amount.value);
  }
  const parts: Part[] = [];
  let total = 0;
  for (const key of keys) {
    const value = sums.get(key);
    if (value === undefined) continue;
    parts.push({ key, from: total, to: total + value });
    total += value;
  }
  return { day, total, parts };
}

/** The next of 1, 2, 5, 10, 20 … that is not less; 1 for nothing. */
export function roundTop(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((each) => each * power >= value * (1 - 1e-12)) ?? 10;
  return step * power;
}

/** `count` days, the last of them `today`, as UTC names them. */
export function daysUntil(today: Date, count: number): string[] {
  return Array.from({ length: count }, (_, back) =>
    new Date(today.getTime() - (count - 1 - back) * 86_400_000).toISOString().slice(0, 10),
  );
}
