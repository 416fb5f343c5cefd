/** A button that opens a list of actions: arrows move, Enter chooses, Esc closes and gives the focus back. */
import { Fragment, type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { classes } from "./classes.ts";
import { Icon, type IconName } from "./Icon.tsx";
import styles from "./Menu.module.css";

export interface MenuItem {
  label: ReactNode;
  icon?: IconName;
  onChoose: () => void;
  danger?: boolean;
  checked?: boolean;
  disabled?: boolean;
  /** Begins a group: a line above it. */
  separated?: boolean;
}

interface MenuProps {
  /** The button's name for those who cannot see it; needed when it shows only an icon. */
  label: string;
  button: ReactNode;
  items: readonly MenuItem[];
  className?: string | undefined;
  align?: "start" | "end";
  side?: "below" | "above";
}

export function Menu({ label, button, items, className, align = "start", side = "below" }: MenuProps) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const listId = useId();

  useEffect(() => {
    if (!open) return;
    const outside = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    itemsIn(root.current)[0]?.focus();
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);

  const close = () => {
    setOpen(false);
    opener.current?.focus();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (!open) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      event.preventDefault();
      close();
    } else if (event.key === "Tab") {
      setOpen(false);
    } else if (["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) {
      event.preventDefault();
      move(itemsIn(root.current), event.key);
    }
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the menu inside bubble up to here
    <div ref={root} className={styles.root} onKeyDown={onKeyDown}>
      <button
        ref={opener}
        type="button"
        className={className ?? styles.opener}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? listId : undefined}
        aria-label={label}
        title={label}
        onClick={() => setOpen(!open)}
      >
        {button}
      </button>
      {open && (
        <div id={listId} role="menu" aria-label={label} className={classes(styles.list, styles[align], styles[side])}>
          {items.map((item, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the items of an open menu keep their places
            <Fragment key={index}>
              {item.separated && <hr className={styles.line} />}
              {/* biome-ignore lint/a11y/useAriaPropsSupportedByRole: with aria-checked the role is menuitemradio */}
              <button
                type="button"
                role={item.checked === undefined ? "menuitem" : "menuitemradio"}
                aria-checked={item.checked}
                tabIndex={-1}
                disabled={item.disabled}
                className={classes(styles.item, item.danger && styles.danger)}
                onClick={() => {
                  close();
                  item.onChoose();
                }}
              >
                {item.icon && <Icon name={item.icon} />}
                <span className={styles.label}>{item.label}</span>
                {item.checked && <Icon name="check" />}
              </button>
            </Fragment>
          ))}
        </div>
      )}
    </div>
  );
}

function itemsIn(root: HTMLElement | null): HTMLButtonElement[] {
  return [...(root?.querySelectorAll<HTMLButtonElement>('[role^="menuitem"]:not(:disabled)') ?? [])];
}

function move(items: readonly HTMLButtonElement[], key: string): void {
  const at = items.indexOf(document.activeElement as HTMLButtonElement);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[key] ?? 0;
  items[(next + items.length) % items.length]?.focus();
}
