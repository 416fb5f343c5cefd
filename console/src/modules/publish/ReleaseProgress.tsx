/** How far a release is, whoever began it: its phases as they pass, its log as it is written, why it failed. */
import { useEffect, useMemo, useState } from "react";
import { useOperation } from "../../api/hooks.ts";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { useText } from "../../i18n/text.tsx";
import { LogBox } from "../logs/LogBox.tsx";
import { LogLines } from "../logs/lines.ts";
import type { Release } from "./apps.ts";
import { Failure } from "./Failure.tsx";
import { Phases } from "./Phases.tsx";
import { isUnderWay, type Progressed, phasesOf } from "./phases.ts";
import styles from "./ReleaseProgress.module.css";

const AGAIN_MS = 700;
const TICK_MS = 100;

export function ReleaseProgress({ app, number }: { app: string; number: number }) {
  const text = useText();
  const [underWay, setUnderWay] = useState(true);
  const shown = useOperation("release.show", { app, number }, { refetchInterval: underWay ? AGAIN_MS : false });
  const release = shown.data;
  useEffect(() => {
    if (release) setUnderWay(isUnderWay(release.phase));
  }, [release]);
  if (!release) return shown.error ? <ErrorState error={shown.error} inline /> : <Skeleton lines={3} />;
  return (
    <div className={styles.root}>
      <ReleasePhases release={release} />
      {release.error && <Failure reason={release.error} />}
      <ReleaseLog log={release.log} label={text.release.log} />
    </div>
  );
}

export function ReleasePhases({ release }: { release: Release }) {
  const text = useText();
  const underWay = isUnderWay(release.phase);
  const now = useNow(underWay);
  return <Phases phases={phasesOf(progressed(release, now))} label={text.release.phases} />;
}

export function ReleaseLog({ log, label }: { log: string; label: string }) {
  const text = useText();
  const [following, setFollowing] = useState(true);
  const lines = useMemo(() => {
    const all = new LogLines();
    all.feed(new TextEncoder().encode(log), "stdout");
    return all.matching("");
  }, [log]);
  return (
    <LogBox
      label={label}
      lines={lines}
      version={log.length}
      following={following}
      onFollowing={setFollowing}
      empty={text.publish.noLog}
      framed
    />
  );
}

function progressed(release: Release, now: number): Progressed {
  const before = Object.values(release.phases).reduce((sum, seconds) => sum + seconds, 0);
  const since = Math.max(0, (now - Date.parse(release.created_at)) / 1000 - before);
  return { phase: release.phase, failedIn: release.error?.phase ?? null, seconds: release.phases, since };
}

function useNow(moving: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!moving) return;
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [moving]);
  return now;
}
