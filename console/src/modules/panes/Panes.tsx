/** Panes side by side or above each other, with borders that drag, keys that move them, and a memory. */
import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from "react";
import { dragged, type PaneSize, remembered, toggled } from "./layout.ts";
import styles from "./Panes.module.css";

export interface Pane {
  readonly name: string;
  readonly content: ReactNode;
}

export interface Layout {
  readonly sizes: readonly PaneSize[];
  readonly move: (index: number, by: number) => void;
  readonly toggle: (index: number) => void;
}

interface Props {
  readonly layout: Layout;
  readonly direction: "row" | "column";
  readonly panes: readonly Pane[];
  readonly labelOfBorder: string;
  /** The pane that always stays; folding a border folds the pane on its other side. */
  readonly main: string;
}

const KEY_STEP = 0.02;

export function Panes({ layout, direction, panes, labelOfBorder, main }: Props) {
  const { sizes, move, toggle } = layout;
  const box = useRef<HTMLDivElement>(null);
  const mainAt = panes.findIndex((pane) => pane.name === main);
  return (
    <div ref={box} className={styles.panes} data-direction={direction}>
      {panes.map((pane, index) => {
        const size = sizes[index];
        return [
          <div
            key={pane.name}
            className={styles.pane}
            style={{ flexGrow: size?.collapsed ? 0 : size?.share }}
            inert={size?.collapsed}
          >
            {pane.content}
          </div>,
          index + 1 < panes.length && (
            <Border
              key={`${pane.name}|`}
              direction={direction}
              label={labelOfBorder}
              share={size?.share ?? 0}
              roomPx={() => (direction === "row" ? box.current?.clientWidth : box.current?.clientHeight) ?? 1}
              onMove={(by) => move(index, by)}
              onToggle={() => toggle(index < mainAt ? index : index + 1)}
            />
          ),
        ];
      })}
    </div>
  );
}

/** The sizes of panes, kept in the browser under `id`. `shares` add up to 1. */
export function useLayout(id: string, shares: readonly number[]): Layout {
  const key = `nacre.panes.${id}`;
  const [sizes, setSizes] = useState<readonly PaneSize[]>(() => {
    const initial = shares.map((share) => ({ share, collapsed: false }));
    return remembered(localStorage.getItem(key), initial);
  });
  const change = (how: (now: readonly PaneSize[]) => PaneSize[]) =>
    setSizes((now) => {
      const next = how(now);
      localStorage.setItem(key, JSON.stringify(next));
      return next;
    });
  return {
    sizes,
    move: (index, by) => change((now) => dragged(now, index, by)),
    toggle: (index) => change((now) => toggled(now, index)),
  };
}

interface BorderProps {
  readonly direction: "row" | "column";
  readonly label: string;
  readonly share: number;
  readonly roomPx: () => number;
  readonly onMove: (by: number) => void;
  readonly onToggle: () => void;
}

function Border({ direction, label, share, roomPx, onMove, onToggle }: BorderProps) {
  const position = (event: PointerEvent) => (direction === "row" ? event.clientX : event.clientY);
  const last = useRef<number | null>(null);
  const onPointerMove = (event: PointerEvent) => {
    if (last.current === null) return;
    onMove((position(event) - last.current) / roomPx());
    last.current = position(event);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const [less, more] = direction === "row" ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
    if (event.key === less) onMove(-KEY_STEP);
    else if (event.key === more) onMove(KEY_STEP);
    else if (event.key === "Enter") onToggle();
    else return;
    event.preventDefault();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a movable separator has no element of its own
    <div
      role="separator"
      tabIndex={0}
      aria-orientation={direction === "row" ? "vertical" : "horizontal"}
      aria-label={label}
      aria-valuenow={Math.round(share * 100)}
      className={styles.border}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        last.current = position(event);
      }}
      onPointerMove={onPointerMove}
      onPointerUp={() => {
        last.current = null;
      }}
      onDoubleClick={onToggle}
      onKeyDown={onKeyDown}
    />
  );
}
