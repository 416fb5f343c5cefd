/** The live preview beside the code: start and stop, its address, its state, and its log when it crashed. */
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useFollow, useOperation } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { Button, IconButton } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Progress } from "../../components/Progress.tsx";
import { Status } from "../../components/Status.tsx";
import { Words } from "../../components/Words.tsx";
import { useText } from "../../i18n/text.tsx";
import { useWhere } from "../branch/where.tsx";
import { toneOf } from "../states.ts";
import styles from "./Preview.module.css";

type PreviewStatus = OutputOf<"preview.status">;
const LOOK_EVERY_MS = 5_000;

export function Preview() {
  const text = useText();
  const { ref, at, writable } = useWhere();
  const status = useOperation("preview.status", { ref }, { refetchInterval: LOOK_EVERY_MS, enabled: at === null });
  const starting = useFollow("preview.start");
  const stopping = useFollow("preview.stop");
  const restarting = useFollow("preview.restart");
  const [path, setPath] = useState("");
  const [loads, setLoads] = useState(0);
  const preview = status.data;
  const runs = preview?.state === "running" && !restarting.running;
  const busy = starting.running || restarting.running;
  const failed = preview?.state === "crashed" || preview?.state === "refused";

  // A server that came up again has something new to show.
  const startedAt = preview?.started_at;
  const shownSince = useRef(startedAt);
  useEffect(() => {
    if (runs && shownSince.current && startedAt !== shownSince.current) setLoads((now) => now + 1);
    if (runs) shownSince.current = startedAt;
  }, [runs, startedAt]);

  if (at !== null) {
    return (
      <EmptyState icon="preview" title={text.preview.notInPast}>
        {text.preview.notInPastAbout}
      </EmptyState>
    );
  }
  const address = preview?.url ? preview.url + path.replace(/^\//, "") : null;
  return (
    <section className={styles.pane} aria-label={text.preview.title}>
      <header className={styles.head}>
        {runs ? (
          writable && (
            <IconButton
              icon="stop"
              size="small"
              label={`${text.preview.stop} (${commandOf("preview.stop", { ref })})`}
              disabled={stopping.running}
              onClick={() => void stopping.start({ ref })}
            />
          )
        ) : (
          <IconButton
            icon="play"
            size="small"
            label={text.preview.start}
            disabled={!writable || busy}
            onClick={() => void starting.start({ ref })}
          />
        )}
        <IconButton
          icon="refresh"
          size="small"
          label={text.preview.reload}
          disabled={!runs}
          onClick={() => setLoads(loads + 1)}
        />
        <Address base={preview?.url ?? null} path={path} onPath={setPath} />
        {address && (
          <a
            className={styles.external}
            href={address}
            target="_blank"
            rel="noreferrer"
            title={text.preview.open}
            aria-label={text.preview.open}
          >
            ↗
          </a>
        )}
        {preview && (
          <Status tone={toneOf(busy ? "starting" : preview.state)}>
            {busy ? text.preview.states.starting : text.preview.states[preview.state]}
          </Status>
        )}
      </header>
      {busy && <Progress step={starting.step ?? restarting.step} label={text.preview.starting} />}
      {status.error && <ErrorState error={status.error} inline onRetry={() => void status.refetch()} />}
      {runs && address ? (
        <iframe
          key={`${loads} ${address}`}
          className={styles.frame}
          src={address}
          title={text.preview.title}
          allow="clipboard-read; clipboard-write; fullscreen"
        />
      ) : (
        preview &&
        !busy && (
          <Standing
            preview={preview}
            onStart={writable ? () => void starting.start({ ref }) : null}
            onRestart={writable ? () => void restarting.start({ ref }) : null}
          />
        )
      )}
      {starting.error && !failed && <ErrorState error={starting.error} inline />}
    </section>
  );
}

interface StandingProps {
  readonly preview: PreviewStatus;
  readonly onStart: (() => void) | null;
  readonly onRestart: (() => void) | null;
}

/** What is shown in place of a page that does not run: why, how it would be run, and the way on. */
function Standing({ preview, onStart, onRestart }: StandingProps) {
  const text = useText();
  const { ref } = useWhere();
  const plan = useOperation("preview.plan", { ref }, { enabled: preview.state !== "running" });
  const log = useOperation("preview.logs", { ref, tail_kb: 16 }, { enabled: preview.state === "crashed" });
  if (preview.state === "crashed" || preview.state === "refused") {
    return (
      <div className={styles.crashed} role="alert">
        <h3>{text.preview.states[preview.state]}</h3>
        <p>{preview.trouble}</p>
        {preview.hint && (
          <p className={styles.hint}>
            <Words>{preview.hint}</Words>
          </p>
        )}
        {onRestart && (
          <Button icon="refresh" onClick={onRestart}>
            {text.preview.again}
          </Button>
        )}
        {log.data?.text && <pre className={styles.log}>{log.data.text}</pre>}
      </div>
    );
  }
  if (preview.state === "running" && !preview.url) {
    return (
      <EmptyState icon="preview" title={text.preview.noAddress}>
        {text.preview.noAddressAbout}
      </EmptyState>
    );
  }
  if (plan.error) {
    return (
      <EmptyState icon="preview" title={plan.error.message}>
        <p>
          <Words>{plan.error.hint}</Words>
        </p>
        <pre className={styles.example}>{'# nacre.toml\n[dev]\nrun = "npm run dev"'}</pre>
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon="preview"
      title={text.preview.empty}
      action={
        onStart && (
          <Button look="primary" icon="play" onClick={onStart}>
            {text.preview.start}
          </Button>
        )
      }
    >
      {plan.data && (
        <>
          <p>{text.preview.plan(plan.data.framework)}</p>
          <code>{plan.data.run}</code>
          {plan.data.missing && <p>{plan.data.missing}</p>}
        </>
      )}
      <CommandLine command={commandOf("preview.start", { ref })} />
    </EmptyState>
  );
}

function Address({ base, path, onPath }: { base: string | null; path: string; onPath: (path: string) => void }) {
  const text = useText();
  const [typed, setTyped] = useState(path);
  const go = (event: FormEvent) => {
    event.preventDefault();
    onPath(typed.trim());
  };
  return (
    <form className={styles.address} onSubmit={go} title={base ? base + path : undefined}>
      <span aria-hidden="true">{base ? new URL(base).pathname : "/"}</span>
      <input
        aria-label={text.preview.address}
        value={typed}
        disabled={base === null}
        onChange={(event) => setTyped(event.target.value.replace(/^\//, ""))}
      />
    </form>
  );
}
