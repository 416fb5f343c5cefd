/** Nacre's own logs, as they are written. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { follow } from "../../api/client.ts";
import { ApiError } from "../../api/errors.ts";
import { useOperation } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { CommandLine } from "../../components/CommandLine.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { BareSelect, CheckField } from "../../components/Field.tsx";
import { Page } from "../../components/Page.tsx";
import { SearchBox } from "../../components/SearchBox.tsx";
import { useText } from "../../i18n/text.tsx";
import styles from "./System.module.css";
import { SystemTabs } from "./SystemTabs.tsx";

const KEPT_LINES = 5_000;

export default function LogsPage() {
  const text = useText();
  const navigate = useNavigate();
  const { name = "daemon", find = "" } = useSearch({ from: "/signed-in/system/logs" });
  const { data } = useOperation("system.logs", { name: "daemon", lines: 0 });
  const [wanted, setWanted] = useState(find);
  const [atEnd, setAtEnd] = useState(true);
  const { lines, error } = useLog(name);
  const element = useRef<HTMLPreElement>(null);
  const shown = wanted ? lines.filter((line) => line.toLowerCase().includes(wanted.toLowerCase())) : lines;

  // biome-ignore lint/correctness/useExhaustiveDependencies: each new line moves the end
  useEffect(() => {
    if (atEnd) element.current?.scrollTo({ top: element.current.scrollHeight });
  }, [shown.length, atEnd]);

  return (
    <Page title={text.rail.system} wide>
      <SystemTabs />
      <div className={styles.bar}>
        <BareSelect
          label={text.system.whichLog}
          value={name}
          choices={(data?.others ?? [{ name }]).map((log) => ({ value: log.name, label: log.name }))}
          onChange={(event) => void navigate({ to: "/system/logs", search: { name: event.target.value } })}
        />
        <SearchBox label={text.system.findInLog} value={wanted} onChange={setWanted} />
        <span className={styles.grow} />
        <CheckField
          label={text.system.stayAtEnd}
          checked={atEnd}
          onChange={(event) => setAtEnd(event.target.checked)}
        />
      </div>
      {error && <ErrorState error={error} inline />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre ref={element} className={styles.log} tabIndex={0}>
        {shown.length > 0 ? shown.join("\n") : text.system.nothingLogged}
      </pre>
      <CommandLine command={commandOf("system.logs", { name, follow: true })} />
    </Page>
  );
}

/** The end of a log and what is added to it while the page is open. */
function useLog(name: string): { lines: readonly string[]; error: ApiError | null } {
  const [lines, setLines] = useState<readonly string[]>([]);
  const [error, setError] = useState<ApiError | null>(null);
  useEffect(() => {
    const controller = new AbortController();
    const decoder = new TextDecoder();
    let rest = "";
    setLines([]);
    setError(null);
    follow(
      "system.logs",
      { name, lines: 1_000, follow: true },
      {
        signal: controller.signal,
        onOutput: ({ data }) => {
          const added = (rest + decoder.decode(data, { stream: true })).split("\n");
          rest = added.pop() ?? "";
          setLines((now) => [...now, ...added].slice(-KEPT_LINES));
        },
      },
    ).catch((reason: unknown) => {
      if (reason instanceof ApiError) setError(reason);
    });
    return () => controller.abort();
  }, [name]);
  return { lines, error };
}
