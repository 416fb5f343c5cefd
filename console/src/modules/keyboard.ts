/** Keyboard shortcuts: single keys and sequences such as “g p”, silent while somebody types. */
import { useEffect, useRef } from "react";

export type Shortcuts = Readonly<Record<string, () => void>>;

const SEQUENCE_WITHIN_MS = 1200;

/** `keys` maps "?", "g p" or "mod+k" to what it does. */
export function useShortcuts(keys: Shortcuts): void {
  const current = useRef(keys);
  useEffect(() => {
    current.current = keys;
  });

  useEffect(() => {
    let first = "";
    let firstAt = 0;
    const onKeyDown = (event: KeyboardEvent) => {
      const key = nameOf(event);
      if (event.defaultPrevented || key === null) return;
      if (!key.startsWith("mod+") && (isTyping(event.target) || document.querySelector("dialog[open]"))) return;
      const sequence = event.timeStamp - firstAt < SEQUENCE_WITHIN_MS ? `${first} ${key}` : key;
      const action = current.current[sequence] ?? current.current[key];
      first = key;
      firstAt = event.timeStamp;
      if (!action) return;
      event.preventDefault();
      first = "";
      action();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}

/** ⌘ on a Mac, Ctrl elsewhere. */
export const MOD = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl";

function nameOf(event: KeyboardEvent): string | null {
  if (event.isComposing || event.altKey) return null;
  if (event.ctrlKey || event.metaKey) return `mod+${event.key.toLowerCase()}`;
  return event.key;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.closest("input, textarea, select, .xterm, .cm-editor") !== null)
  );
}
