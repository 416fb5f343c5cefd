/** What the processes of a branch write, as they write it: filtered, and followed to the end until one scrolls up. */
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { follow } from "../../api/client.ts";
import { type ApiError, UNREACHABLE } from "../../api/errors.ts";
import { useOperation } from "../../api/hooks.ts";
import { IconButton } from "../../components/Button.tsx";
import { CopyButton } from "../../components/Copyable.tsx";
import type { Text } from "../../i18n/en.ts";
import { useText } from "../../i18n/text.tsx";
import { useWhere } from "../branch/where.tsx";
import styles from "./Logs.module.css";
import { LogLines } from "./lines.ts";

const PREVIEW = "preview";
const SHOWN = 1_500;
const AGAIN_MS = 2_000;

export function Logs({ visible }: { visible: boolean }) {
  const text = useText();
  const { ref } = useWhere();
  const [process, setProcess] = useState(PREVIEW);
  const [wanted, setWanted] = useState("");
  const [following, setFollowing] = useState(true);
  const workspace = useOperation("workspace.status", { ref }, { enabled: visible });
  const processes = [...new Set([PREVIEW, ...(workspace.data?.processes ?? []).map((each) => each.name)])];
  const { log, version, error } = useFollowed(ref, process, visible);
  const box = useRef<HTMLDivElement>(null);
  const lines = log.matching(wanted).slice(-SHOWN);

  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever there is more, the end comes into view
  useLayoutEffect(() => {
    if (following && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [version, following, wanted]);

  return (
    <section className={styles.pane} aria-label={text.logs.title}>
      <header className={styles.head}>
        <h2>{text.logs.title}</h2>
        <select aria-label={text.logs.process} value={process} onChange={(event) => setProcess(event.target.value)}>
          {processes.map((name) => (
            <option key={name} value={name}>
              {name === PREVIEW ? text.preview.title : name}
            </option>
          ))}
        </select>
        <input
          type="search"
          className={styles.filter}
          aria-label={text.common.filter}
          placeholder={text.common.filter}
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
        <IconButton
          icon="down"
          size="small"
          label={text.logs.follow}
          aria-pressed={following}
          onClick={() => setFollowing(!following)}
        />
        <CopyButton value={lines.map((line) => line.text).join("\n")} label={text.logs.title} />
      </header>
      <div
        ref={box}
        className={styles.lines}
        role="log"
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) =>
          setFollowing(scrollHeight - scrollTop - clientHeight < 24)
        }
      >
        {lines.map((line) => (
          <div key={line.number} data-stream={line.stream} className={styles.line}>
            {line.text || " "}
          </div>
        ))}
        {lines.length === 0 && (
          <p className={styles.none}>{wanted === "" ? whyEmpty(text, error) : text.common.noMatches}</p>
        )}
      </div>
    </section>
  );
}

function whyEmpty(text: Text, error: ApiError | null): string {
  if (error === null || error.status === 404) return text.logs.empty;
  return error.code === UNREACHABLE ? text.error.unreachable : error.message;
}

/** The log so far, and what comes; taken up anew when the process starts again or the connection was lost. */
function useFollowed(ref: string, process: string, visible: boolean) {
  const [log] = useState(() => new LogLines());
  const [version, setVersion] = useState(0);
  const [error, setError] = useState<ApiError | null>(null);
  useEffect(() => {
    if (!visible) return;
    const left = new AbortController();
    let frame = 0;
    let anew = true; // what was read stays until there is more: last words, too, and through a lost connection
    const draw = () => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        setVersion((now) => now + 1);
      });
    };
    const watcher = {
      signal: left.signal,
      onOutput: ({ data, stream }: { data: Uint8Array; stream: "stdout" | "stderr" }) => {
        if (anew) log.clear();
        anew = false;
        log.feed(data, stream);
        draw();
      },
    };
    const once = () =>
      process === PREVIEW
        ? follow("preview.logs", { ref, follow: true }, watcher)
        : follow("workspace.logs", { ref, process, follow: true }, watcher);
    const run = async () => {
      log.clear();
      draw();
      while (!left.signal.aborted) {
        anew = true;
        try {
          await once();
          setError(null);
        } catch (reason) {
          if (!left.signal.aborted) setError(reason as ApiError);
        }
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    };
    void run();
    return () => {
      left.abort();
      cancelAnimationFrame(frame);
    };
  }, [ref, process, visible, log]);
  return { log, version, error };
}
