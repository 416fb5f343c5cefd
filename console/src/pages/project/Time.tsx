/** Time: the strip of what happened, and beside it what going back to a moment of it would change. */
import { useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { useOperation } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Icon } from "../../components/Icon.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { useMayWrite } from "../../modules/branch/useMayWrite.ts";
import { useWhere } from "../../modules/branch/where.tsx";
import { CheckpointDialog } from "../../modules/time/CheckpointDialog.tsx";
import { Happened } from "../../modules/time/Happened.tsx";
import { marksOf } from "../../modules/time/marks.ts";
import { Strip } from "../../modules/time/Strip.tsx";
import { panned, type Span, spanAround, ZOOMS, type Zoom, zoomFor } from "../../modules/time/scale.ts";
import { useTravel } from "../../modules/time/travel.tsx";
import { WhatChanges } from "../../modules/time/WhatChanges.tsx";
import styles from "./Time.module.css";

const BUCKETS = 240;
const SETTLES_MS = 250;

export default function Time() {
  const text = useText();
  const format = useFormat();
  const where = useWhere();
  const mayWrite = useMayWrite(where.project);
  const travel = useTravel();
  const now = useNow();
  const moment = where.at === null ? null : Date.parse(where.at);
  const [chosenZoom, setZoom] = useState<Zoom | null>(null);
  const [shift, setShift] = useState<Span | null>(null);
  const [naming, setNaming] = useState(false);
  const [scrubbed, setScrubbed] = useScrub(moment, (next) =>
    where.goTo({ at: next === null ? null : new Date(next).toISOString() }),
  );

  const history = useOperation("history.show", { ref: where.ref });
  const zoom = chosenZoom ?? (history.data ? zoomFor(Date.parse(history.data.oldest), now) : "1h");
  const span = useMemo(() => shift ?? spanAround(zoom, now, moment), [shift, zoom, now, moment]);
  const shown = useDeferredValue(span);
  const activity = useOperation(
    "history.activity",
    {
      ref: where.ref,
      since: new Date(shown.from).toISOString(),
      until: new Date(shown.to).toISOString(),
      buckets: BUCKETS,
    },
    { staleTime: 10_000 },
  );
  const log = useOperation("log", { ref: where.ref });
  const marks = useMemo(() => marksOf(log.data ?? []), [log.data]);
  const kept = useLast(activity.data);
  const buckets = useMemo(
    () =>
      (kept?.buckets ?? []).map((bucket) => ({
        from: Date.parse(bucket.time),
        to: Date.parse(bucket.time) + (kept?.bucket_seconds ?? 10) * 1000,
        transactions: bucket.transactions,
        files: bucket.file_changes,
      })),
    [kept],
  );
  const oldest = kept ? Date.parse(kept.oldest) : span.from;
  const undoable = marks.some((mark) => mark.kind === "rewind" || mark.kind === "reset");
  const settled = scrubbed === moment && where.at !== null ? where.at : null;

  return (
    <div className={styles.page}>
      <div className={styles.tools}>
        <fieldset className={styles.zooms} aria-label={text.time.zoom}>
          {(Object.keys(ZOOMS) as Zoom[]).map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={zoom === each && shift === null}
              onClick={() => {
                setShift(null);
                setZoom(each);
              }}
            >
              {text.time.zooms[each]}
            </button>
          ))}
        </fieldset>
        <ul className={styles.legend} aria-label={text.time.legend}>
          <li data-kind="transactions">{text.time.legendTransactions}</li>
          <li data-kind="files">{text.time.legendFiles}</li>
        </ul>
        {mayWrite && (
          <div className={styles.actions}>
            <Button size="small" icon="plus" data-creates onClick={() => setNaming(true)}>
              {text.time.checkpoint}
            </Button>
            {undoable && (
              <Button
                size="small"
                icon="undo"
                busy={travel.undoing.running}
                title={commandOf("undo", { ref: where.ref })}
                onClick={() => void travel.undo(where.ref)}
              >
                {text.time.undoLast}
              </Button>
            )}
          </div>
        )}
      </div>
      {activity.error && <ErrorState error={activity.error} inline onRetry={() => void activity.refetch()} />}
      {travel.undoing.error && <ErrorState error={travel.undoing.error} inline />}
      <Strip
        span={span}
        now={now}
        oldest={oldest}
        moment={scrubbed}
        buckets={buckets}
        marks={marks}
        onMoment={setScrubbed}
        onPan={(by) => setShift(panned(span, by, oldest, now))}
      />
      <div className={styles.below}>
        <Happened marks={marks} moment={moment} oldest={oldest} onMoment={setScrubbed} />
        <section className={styles.would} aria-label={text.time.would}>
          {scrubbed === null ? (
            <EmptyState icon="moment" title={text.time.atNow}>
              {text.time.atNowAbout}
            </EmptyState>
          ) : (
            <>
              <header className={styles.head}>
                <Icon name="moment" />
                <h2>{text.time.wouldTitle(format.dateTime(new Date(scrubbed)))}</h2>
              </header>
              {settled && <WhatChanges time={settled} side="both" />}
              {settled && <CommandLine command={commandOf("history.preview", { ref: where.ref, moment: settled })} />}
            </>
          )}
        </section>
      </div>
      {naming && <CheckpointDialog onClose={() => setNaming(false)} />}
    </div>
  );
}

/** The moment under the cursor: at once on the strip, and for the rest of the page when it comes to rest. */
function useScrub(moment: number | null, onSettled: (moment: number | null) => void) {
  const [scrubbed, setScrubbed] = useState(moment);
  const settle = useRef(onSettled);
  useEffect(() => {
    settle.current = onSettled;
  });
  useEffect(() => setScrubbed(moment), [moment]);
  useEffect(() => {
    if (scrubbed === moment) return;
    const timer = setTimeout(() => settle.current(scrubbed), SETTLES_MS);
    return () => clearTimeout(timer);
  }, [scrubbed, moment]);
  return [scrubbed, setScrubbed] as const;
}

function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 5_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** The last answer there was, while the next one is on its way. */
function useLast<T>(data: T | undefined): T | undefined {
  const [last, setLast] = useState(data);
  useEffect(() => {
    if (data !== undefined) setLast(data);
  }, [data]);
  return data ?? last;
}
