/** All logs at once: asked in words, narrowed by time on a histogram, read in their surroundings, followed live. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useOperation } from "../../../api/hooks.ts";
import { commandOf } from "../../../api/requests.ts";
import { Button } from "../../../components/Button.tsx";
import { CommandLine } from "../../../components/CommandLine.tsx";
import { EmptyState } from "../../../components/EmptyState.tsx";
import { ErrorState } from "../../../components/ErrorState.tsx";
import { Page } from "../../../components/Page.tsx";
import { Skeleton } from "../../../components/Skeleton.tsx";
import { Status } from "../../../components/Status.tsx";
import { useFormat, useText } from "../../../i18n/text.tsx";
import { type Asked, type Line, nameOfLine, questionOf, searchOf } from "../../../modules/logbook/asked.ts";
import { useLines } from "../../../modules/logbook/useLines.ts";
import { useTail } from "../../../modules/logbook/useTail.ts";
import { MonitoringTabs } from "../MonitoringTabs.tsx";
import { Asking } from "./Asking.tsx";
import { Histogram } from "./Histogram.tsx";
import { LineList } from "./LineList.tsx";
import styles from "./Logs.module.css";

export default function LogExplorer() {
  const text = useText();
  const navigate = useNavigate();
  const asked = useSearch({ from: "/signed-in/monitoring/logs" });
  const { live = false } = asked;
  const change = (to: Asked) => {
    const next = Object.fromEntries(Object.entries({ ...asked, ...to }).filter(([, value]) => value)) as Asked;
    void navigate({ to: "/monitoring/logs", search: next, replace: Object.keys(to).join() === "line" });
  };
  return (
    <Page title={text.monitoring.title} wide>
      <MonitoringTabs />
      <Asking asked={asked} live={live} onChange={change} onLive={(on) => change({ live: on })} />
      {live ? <Tail asked={asked} onChange={change} /> : <Found asked={asked} onChange={change} />}
      <CommandLine
        command={live ? commandOf("log.follow", questionOf(asked)) : commandOf("log.search", searchOf(asked))}
      />
    </Page>
  );
}

interface Props {
  readonly asked: Asked;
  readonly onChange: (to: Asked) => void;
}

function Found({ asked, onChange }: Props) {
  const text = useText();
  const format = useFormat();
  const found = useLines(asked);
  const open = (line: Line) => {
    const name = nameOfLine(line);
    onChange({ ...asked, line: asked.line === name ? "" : name });
  };
  return (
    <>
      <Histogram asked={asked} onRange={onChange} />
      {found.error && !found.lines ? (
        <ErrorState error={found.error} onRetry={found.retry} />
      ) : !found.lines ? (
        <Skeleton lines={8} />
      ) : found.lines.length === 0 ? (
        <Nothing asked={asked} onChange={onChange} />
      ) : (
        <LineList
          lines={found.lines}
          open={asked.line}
          onOpen={open}
          asked={asked}
          onChange={onChange}
          onReach={found.more}
        />
      )}
      {found.lines && (
        <p className={styles.soft} role="status">
          {found.searching
            ? text.logbook.older
            : found.incomplete
              ? text.logbook.incomplete
              : found.lines.length > 0 && !found.more && text.logbook.end}{" "}
          {found.missing > 0 && text.logbook.missing(found.missing)}{" "}
          {found.late.map((one) => text.logbook.late(one.node, format.dateTime(one.since))).join(" ")}
        </p>
      )}
    </>
  );
}

function Nothing({ asked, onChange }: Props) {
  const text = useText();
  const sources = useOperation("log.list", {});
  if (sources.data?.length === 0) {
    return (
      <EmptyState icon="file" title={text.logbook.none.title}>
        {text.logbook.none.about}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon="search"
      title={text.logbook.empty.title}
      action={
        <span className={styles.actions}>
          <Button onClick={() => onChange({ since: "7d", until: "" })}>{text.logbook.empty.wider}</Button>
          {asked.q && <Button onClick={() => onChange({ q: "" })}>{text.logbook.empty.clear}</Button>}
        </span>
      }
    >
      {text.logbook.empty.about}
    </EmptyState>
  );
}

function Tail({ asked, onChange }: Props) {
  const text = useText();
  const format = useFormat();
  const [paused, setPaused] = useState(false);
  const [open, setOpen] = useState<string>();
  const { lines, held, error } = useTail(asked, true, paused);
  return (
    <>
      <div className={styles.bar}>
        <Status tone={paused ? "still" : "good"}>{paused ? text.logbook.pause : text.logbook.live}</Status>
        <span className={styles.soft}>{text.logbook.total(format.number(lines.length))}</span>
        <span className={styles.grow} />
        <Button icon={paused ? "play" : "stop"} onClick={() => setPaused(!paused)}>
          {paused ? text.logbook.resume(held) : text.logbook.pause}
        </Button>
      </div>
      {error && <ErrorState error={error} inline />}
      {lines.length === 0 ? (
        !error && <p className={styles.soft}>{text.logbook.waiting}</p>
      ) : (
        <LineList
          lines={lines}
          open={open}
          onOpen={(line) => {
            const name = nameOfLine(line);
            setPaused(true); // what is read must not run away
            setOpen(open === name ? undefined : name);
          }}
          asked={asked}
          onChange={onChange}
        />
      )}
    </>
  );
}
