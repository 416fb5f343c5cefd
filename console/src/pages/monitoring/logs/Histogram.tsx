/** How many lines there were over time, what is bad on top; a time is chosen by dragging, or with arrows and Enter. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { questionOf as ask } from "../../../api/hooks.ts";
import { classes } from "../../../components/classes.ts";
import { useFormat, useText } from "../../../i18n/text.tsx";
import { type Asked, type Counts, searchOf } from "../../../modules/logbook/asked.ts";
import { countOf, heightsOf, timesOf } from "../../../modules/logbook/histogram.ts";
import styles from "./Logs.module.css";

interface Props {
  readonly asked: Asked;
  readonly onRange: (range: { since: string; until: string }) => void;
}

const BUCKETS = 90;

export function Histogram({ asked, onRange }: Props) {
  const { since = "1h", ...input } = searchOf(asked);
  const { data } = useQuery({
    ...ask("log.counts", { ...input, since: since ?? "1h", until: input.until ?? "now", buckets: BUCKETS }),
    placeholderData: keepPreviousData,
    meta: { costly: true },
  });
  if (!data) return <div className={styles.histogram} aria-hidden="true" />;
  return <Bars counts={data} onRange={onRange} />;
}

/** Where a choice began, and where it is. */
type Chosen = readonly [number, number];

function Bars({ counts, onRange }: { counts: Counts; onRange: Props["onRange"] }) {
  const text = useText();
  const format = useFormat();
  const box = useRef<HTMLDivElement>(null);
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [dragging, setDragging] = useState(false);
  const { buckets } = counts;
  const last = buckets.length - 1;
  const total = buckets.reduce((sum, one) => sum + countOf(one), 0);

  const at = (event: PointerEvent): number => {
    const { left, width } = box.current?.getBoundingClientRect() ?? { left: 0, width: 1 };
    return Math.min(last, Math.max(0, Math.floor(((event.clientX - left) / width) * buckets.length)));
  };
  const choose = ([a, b]: Chosen) => {
    setChosen(null);
    onRange(timesOf(counts, a, b));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by !== undefined) {
      const [from, to] = chosen ?? [last, last];
      const next = Math.min(last, Math.max(0, to + by));
      setChosen(event.shiftKey ? [from, next] : [next, next]);
    } else if (event.key === "Enter" && chosen) choose(chosen);
    else if (event.key === "Escape" && chosen) setChosen(null);
    else return;
    event.preventDefault();
  };
  const inside = (index: number) => chosen !== null && index >= Math.min(...chosen) && index <= Math.max(...chosen);
  const said = chosen ? buckets[chosen[1]] : undefined;
  return (
    <figure className={styles.figure}>
      {/* biome-ignore lint/a11y/useSemanticElements: bars of time are no form */}
      <div
        ref={box}
        className={styles.histogram}
        role="group"
        aria-label={text.logbook.histogram}
        aria-description={text.logbook.histogramHint}
        title={text.logbook.histogramHint}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrows choose a time here
        tabIndex={0}
        onKeyDown={onKeyDown}
        onBlur={() => setChosen(null)}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setDragging(true);
          setChosen([at(event), at(event)]);
        }}
        onPointerMove={(event) => dragging && chosen && setChosen([chosen[0], at(event)])}
        onPointerUp={() => {
          setDragging(false);
          if (chosen) choose(chosen);
        }}
        onPointerCancel={() => {
          setDragging(false);
          setChosen(null);
        }}
      >
        {heightsOf(buckets).map((bar, index) => (
          <span key={buckets[index]?.time} className={classes(styles.column, inside(index) && styles.inside)}>
            <i className={styles.error} style={{ height: `${bar.error * 100}%` }} />
            <i className={styles.warning} style={{ height: `${bar.warning * 100}%` }} />
            <i className={styles.fine} style={{ height: `${bar.fine * 100}%` }} />
          </span>
        ))}
      </div>
      <figcaption className={styles.axis}>
        <span>{format.dateTime(counts.since)}</span>
        <span aria-live="polite">
          {said
            ? text.logbook.bucket(
                format.number(countOf(said)),
                format.time(said.time),
                format.number(said.error + said.fatal),
              )
            : text.logbook.total(format.number(total))}
        </span>
        <span>{format.dateTime(counts.until)}</span>
      </figcaption>
    </figure>
  );
}
