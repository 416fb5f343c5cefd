/** Publishes under way, in the corner of whatever page one looks at: phases with times, the log, and how they ended. */
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { IconButton } from "../../components/Button.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Status } from "../../components/Status.tsx";
import { useText } from "../../i18n/text.tsx";
import { LogBox } from "../logs/LogBox.tsx";
import { useNarrow } from "../panes/useNarrow.ts";
import { Phases } from "./Phases.tsx";
import styles from "./PublishPanel.module.css";
import { phasesOf } from "./phases.ts";
import { isOutOfSight, progressedOf, type Run } from "./publishes.ts";

const LINES_SHOWN = 400;
const TICK_MS = 100;

export default function PublishPanel({ runs, onForget }: { runs: readonly Run[]; onForget: (id: number) => void }) {
  return (
    <div className={styles.corner}>
      {runs.map((run) => (
        <RunCard key={run.id} run={run} onForget={() => onForget(run.id)} />
      ))}
    </div>
  );
}

function RunCard({ run, onForget }: { run: Run; onForget: () => void }) {
  const text = useText();
  const narrow = useNarrow();
  const [chosen, setChosen] = useState<boolean | null>(null);
  const folded = chosen ?? (narrow && run.error === null); // on a phone it would lie over everything
  const [following, setFollowing] = useState(true);
  const running = run.endedAtMs === null;
  const now = useTicks(running);
  const lines = run.log.matching("").slice(-LINES_SHOWN);
  const title = running ? text.publish.doing(run.app) : text.publish.failed(run.app);
  return (
    <section className={styles.card} aria-label={title}>
      <header className={styles.head}>
        <h2>
          <Status tone={running ? "wait" : "bad"}>{title}</Status>
        </h2>
        <IconButton
          icon={folded ? "up" : "down"}
          size="small"
          label={folded ? text.publish.unfold : text.publish.fold}
          aria-expanded={!folded}
          onClick={() => setChosen(!folded)}
        />
        {!running && <IconButton icon="close" size="small" label={text.common.close} onClick={onForget} />}
      </header>
      {!folded && (
        <div className={styles.body}>
          <Phases phases={phasesOf(progressedOf(run, now))} label={text.release.phases} />
          {run.error &&
            (isOutOfSight(run) ? (
              <p>{text.publish.goesOn}</p>
            ) : (
              <>
                <ErrorState error={run.error} inline />
                <p className={styles.soft}>{text.publish.stillServes}</p>
              </>
            ))}
          <details className={styles.log} open={lines.length > 0 || undefined}>
            <summary>{text.publish.log}</summary>
            <LogBox
              label={text.publish.log}
              lines={lines}
              version={now}
              following={following}
              onFollowing={setFollowing}
              empty={text.publish.noLog}
              framed
            />
          </details>
          {!running && (
            <Link to="/projects/$ref/publish" params={{ ref: run.ref }}>
              {text.publish.releases}
            </Link>
          )}
        </div>
      )}
    </section>
  );
}

/** The time, moving on while something runs. */
function useTicks(running: boolean): number {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setNow(performance.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [running]);
  return now;
}
