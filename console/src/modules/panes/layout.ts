/** The sizes of panes: shares of the room, moved by dragging or keys, kept from one visit to the next. */

export interface PaneSize {
  /** A share of the room the panes divide; all shares add up to 1. */
  readonly share: number;
  readonly collapsed: boolean;
}

export const LEAST_SHARE = 0.1;

/** Moves the border between pane `index` and the next one by a part of the room; both keep their least share. */
export function dragged(panes: readonly PaneSize[], index: number, by: number): PaneSize[] {
  const before = panes[index];
  const after = panes[index + 1];
  if (!before || !after || before.collapsed || after.collapsed) return [...panes];
  const both = before.share + after.share;
  const least = Math.min(LEAST_SHARE, both / 2);
  const share = Math.min(both - least, Math.max(least, before.share + by));
  return panes.map((pane, at) => {
    if (at === index) return { ...pane, share };
    return at === index + 1 ? { ...pane, share: both - share } : pane;
  });
}

/** Folds a pane away, or back to the share it had; the last open one stays. */
export function toggled(panes: readonly PaneSize[], index: number): PaneSize[] {
  const open = panes.filter((pane) => !pane.collapsed).length;
  return panes.map((pane, at) => {
    if (at !== index || (open === 1 && !pane.collapsed)) return pane;
    return { ...pane, collapsed: !pane.collapsed };
  });
}

/** What was kept, if it still fits the panes there are. */
export function remembered(kept: string | null, initial: readonly PaneSize[]): readonly PaneSize[] {
  if (kept === null) return initial;
  try {
    const panes: unknown = JSON.parse(kept);
    return isLayout(panes) && panes.length === initial.length ? panes : initial;
  } catch {
    return initial;
  }
}

function isLayout(value: unknown): value is PaneSize[] {
  if (!Array.isArray(value)) return false;
  const shares = value.map((pane: Partial<PaneSize> | null) => pane?.share);
  const sum = shares.reduce<number>(
    (total, share) => total + (typeof share === "number" && share > 0 ? share : NaN),
    0,
  );
  return Math.abs(sum - 1) < 0.01 && value.every((pane: Partial<PaneSize>) => typeof pane.collapsed === "boolean");
}
