/** A terminal's screen: xterm.js over a wire that brings output and takes keys. */
import { FitAddon } from "@xterm/addon-fit";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { type ITheme, Terminal } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { useEffect, useRef } from "react";
import styles from "./Screen.module.css";
import type { TerminalSocket } from "./socket.ts";

interface Props {
  readonly socket: TerminalSocket;
  readonly label: string;
  readonly theme: string;
  readonly visible: boolean;
  /** Whether it takes the keys at once, as one that was asked for does. */
  readonly eager: boolean;
}

export default function Screen({ socket, label, theme, visible, eager }: Props) {
  const parent = useRef<HTMLDivElement>(null);
  const shown = useRef<{ terminal: Terminal; fit: FitAddon } | null>(null);

  useEffect(() => {
    if (!parent.current) return;
    const terminal = new Terminal({
      allowProposedApi: false,
      cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      fontFamily: getComputedStyle(document.documentElement).getPropertyValue("--mono"),
      fontSize: 13,
      lineHeight: 1.2,
      scrollback: 10_000,
      screenReaderMode: false,
    });
    const fit = new FitAddon();
    terminal.loadAddon(fit);
    terminal.loadAddon(new WebLinksAddon());
    terminal.open(parent.current);
    terminal.attachCustomKeyEventHandler((event) => !isClipboardKey(event, terminal));
    const stop = socket.attach({
      onOutput: (data) => terminal.write(data),
      onGap: () => terminal.reset(),
    });
    const typing = terminal.onData((data) => socket.send(data));
    const resizing = terminal.onResize(({ cols, rows }) => socket.resize({ cols, rows }));
    const observer = new ResizeObserver(() => fits(parent.current) && fit.fit());
    observer.observe(parent.current);
    shown.current = { terminal, fit };
    return () => {
      observer.disconnect();
      stop();
      typing.dispose();
      resizing.dispose();
      terminal.dispose();
      shown.current = null;
    };
  }, [socket]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme's name stands for the colours it sets
  useEffect(() => {
    if (shown.current) shown.current.terminal.options.theme = coloursOf(document.documentElement);
  }, [theme, socket]);

  useEffect(() => {
    if (!visible || !shown.current) return;
    shown.current.fit.fit();
    if (eager) shown.current.terminal.focus();
  }, [visible, eager]);

  return <section ref={parent} className={styles.screen} aria-label={label} hidden={!visible} />;
}

/** Ctrl-Shift-C and Ctrl-Shift-V are the browser's to copy and paste, Ctrl-C too while something is selected. */
function isClipboardKey(event: KeyboardEvent, terminal: Terminal): boolean {
  if (event.type !== "keydown" || !event.ctrlKey || event.altKey) return false;
  const key = event.key.toLowerCase();
  if (key === "c" && (event.shiftKey || terminal.hasSelection())) {
    event.preventDefault();
    void navigator.clipboard?.writeText(terminal.getSelection());
    terminal.clearSelection();
    return true;
  }
  return key === "v"; // the browser pastes into xterm's text area
}

function fits(element: HTMLElement | null): boolean {
  return element !== null && element.clientWidth > 0 && element.clientHeight > 0;
}

function coloursOf(root: HTMLElement): ITheme {
  const style = getComputedStyle(root);
  const token = (name: string) => style.getPropertyValue(name).trim();
  return {
    background: token("--sunken"),
    foreground: token("--text"),
    cursor: token("--accent"),
    cursorAccent: token("--sunken"),
    selectionBackground: token("--accent-line"),
    black: token("--line-strong"),
    red: token("--bad"),
    green: token("--good"),
    yellow: token("--wait"),
    blue: token("--chart-1"),
    magenta: token("--past"),
    cyan: token("--accent"),
    white: token("--text-soft"),
    brightBlack: token("--text-faint"),
    brightRed: token("--bad"),
    brightGreen: token("--good"),
    brightYellow: token("--wait"),
    brightBlue: token("--chart-6"),
    brightMagenta: token("--past"),
    brightCyan: token("--accent-hover"),
    brightWhite: token("--text"),
  };
}
