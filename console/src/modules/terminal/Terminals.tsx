/** The terminals of one's workspace on a branch: several, each there as long as the workspace runs. */
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { call } from "../../api/client.ts";
import { ApiError, UNREACHABLE } from "../../api/errors.ts";
import { useOperation } from "../../api/hooks.ts";
import { Button, IconButton } from "../../components/Button.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { useText } from "../../i18n/text.tsx";
import { useShownTheme } from "../appearance.ts";
import { useWhere } from "../branch/where.tsx";
import { type Socketlike, TerminalSocket } from "./socket.ts";
import styles from "./Terminals.module.css";

const Screen = lazy(() => import("./Screen.tsx"));
const FIRST = "main";

export function Terminals({ visible }: { visible: boolean }) {
  const text = useText();
  const toasts = useToasts();
  const queries = useQueryClient();
  const { ref, at, writable } = useWhere();
  const listed = useOperation("terminal.list", { ref }, { enabled: writable });
  const [names, setNames] = useState<readonly string[]>([FIRST]);
  const [shown, setShown] = useState(FIRST);
  // The one that comes with the page leaves the keys to the page.
  const [chosen, setChosen] = useState(false);

  useEffect(() => {
    const present = (listed.data ?? []).filter((each) => each.exit_code === null).map((each) => each.name);
    setNames((now) => [...new Set([...now, ...present])]);
  }, [listed.data]);

  if (!writable) {
    return (
      <EmptyState icon="terminal" title={at === null ? text.terminal.notYours : text.terminal.notHere}>
        {at === null ? text.terminal.notYoursAbout : text.terminal.notHereAbout}
      </EmptyState>
    );
  }
  const choose = (name: string) => {
    setShown(name);
    setChosen(true);
  };
  const add = () => {
    const free = Array.from({ length: names.length + 2 }, (_, index) => `shell-${index + 2}`);
    const name = free.find((each) => !names.includes(each)) ?? FIRST;
    setNames([...names, name]);
    choose(name);
  };
  const close = async (name: string) => {
    const left = names.filter((each) => each !== name);
    setNames(left.length > 0 ? left : [FIRST]);
    if (shown === name) setShown(left.at(-1) ?? FIRST);
    try {
      await call("terminal.close", { ref, name });
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) toasts.fail(error);
    }
    await queries.invalidateQueries({ queryKey: ["terminal.list"] });
  };
  return (
    <section className={styles.pane} aria-label={text.terminal.title}>
      <header className={styles.head}>
        <nav className={styles.tabs} aria-label={text.terminal.title}>
          {names.map((name) => (
            <span key={name} className={styles.tab} data-current={name === shown || undefined}>
              <button type="button" aria-current={name === shown} onClick={() => choose(name)}>
                {name}
              </button>
              {names.length > 1 && (
                <IconButton
                  icon="close"
                  size="small"
                  label={`${text.common.close} ${name}`}
                  onClick={() => void close(name)}
                />
              )}
            </span>
          ))}
        </nav>
        <IconButton icon="plus" size="small" label={text.terminal.new} onClick={add} />
      </header>
      <div className={styles.screens}>
        {names.map((name) => (
          <OneTerminal key={`${ref} ${name}`} name={name} visible={visible && name === shown} eager={chosen} />
        ))}
      </div>
    </section>
  );
}

function OneTerminal({ name, visible, eager }: { name: string; visible: boolean; eager: boolean }) {
  const text = useText();
  const theme = useShownTheme();
  const { ref } = useWhere();
  const socket = useMemo(() => socketOf(ref, name), [ref, name]);
  const state = useSyncExternalStore(socket.watch, () => socket.state);
  const [used, setUsed] = useState(visible);
  useEffect(() => {
    if (visible) setUsed(true);
  }, [visible]);
  if (!used) return null;
  return (
    <>
      <Suspense>
        <Screen socket={socket} label={text.terminal.screen(name)} theme={theme} visible={visible} eager={eager} />
      </Suspense>
      {visible && state !== "open" && (
        <div className={styles.state} role="status">
          <span>
            {state === "ended"
              ? text.terminal.ended(String(socket.exitCode ?? "?"))
              : (socket.message ?? text.terminal.states[state])}
          </span>
          {(state === "ended" || state === "refused") && (
            <Button size="small" onClick={() => socket.reopen()}>
              {text.terminal.again}
            </Button>
          )}
        </div>
      )}
    </>
  );
}

function socketOf(ref: string, name: string): TerminalSocket {
  const base = `${location.origin.replace(/^http/, "ws")}/api/projects/${ref}/terminals/${name}/socket`;
  return new TerminalSocket({
    url: (query) => `${base}?${query}`,
    dial: (url) => new WebSocket(url) as unknown as Socketlike,
    refusal: async () => {
      try {
        await call("terminal.open", { ref, name });
        return null;
      } catch (error) {
        if (!(error instanceof ApiError) || error.code === UNREACHABLE || error.status >= 500) return null;
        return error.message;
      }
    },
  });
}
