/** Time as a strip: denser where more happened, with marks; dragged or moved by keys to the moment one looks at. */
import { type KeyboardEvent, type PointerEvent, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useFormat, useText } from "../../i18n/text.tsx";
import { type Bucket, bars } from "./density.ts";
import { type Mark, neighbour, SHAPES, worded } from "./marks.ts";
import styles from "./Strip.module.css";
import { momentAt, moved, placeOf, type Span, stepOf, ticks } from "./scale.ts";

interface Props {
  readonly span: Span;
  readonly now: number;
  readonly oldest: number;
  /** The moment looked at; null: now. */
  readonly moment: number | null;
  readonly buckets: readonly Bucket[];
  readonly marks: readonly Mark[];
  readonly onMoment: (moment: number | null) => void;
  readonly onPan: (by: number) => void;
}

const HEIGHT = 132;
const MIDDLE = 66;
const HALF = 38;
const WORD_PX = 96;
const SNAP_PX = 6;

export function Strip({ span, now, oldest, moment, buckets, marks, onMoment, onPan }: Props) {
  const text = useText();
  const format = useFormat();
  const [box, width] = useWidth();
  const shownBars = useMemo(() => bars(buckets, span), [buckets, span]);
  const seenMarks = marks.filter((mark) => mark.time >= span.from && mark.time <= span.to);
  const withWords = worded(seenMarks, span, width, WORD_PX);
  const at = (time: number) => placeOf(time, span) * width;
  const cursor = at(moment ?? now);
  const beginning = at(oldest);

  const snapped = (event: PointerEvent): number | null => {
    const left = event.clientX - event.currentTarget.getBoundingClientRect().left;
    const near = seenMarks.find((mark) => Math.abs(at(mark.time) - left) <= SNAP_PX);
    if (left >= at(now) - SNAP_PX) return null;
    return near ? near.time : momentAt(left / width, span, oldest, now);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const target = keyTarget(event, { span, now, oldest, moment, marks });
    if (target === undefined) return;
    event.preventDefault();
    onMoment(target);
  };
  return (
    <div
      ref={box}
      className={styles.box}
      role="slider"
      tabIndex={0}
      aria-label={text.time.strip}
      aria-valuemin={Math.round(oldest / 1000)}
      aria-valuemax={Math.round(now / 1000)}
      aria-valuenow={Math.round((moment ?? now) / 1000)}
      aria-valuetext={moment === null ? text.time.now : format.dateTime(new Date(moment))}
      onWheel={(event) => onPan((event.deltaX || event.deltaY) / 2000)}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        onMoment(snapped(event));
      }}
      onPointerMove={(event) => event.buttons === 1 && onMoment(snapped(event))}
    >
      <svg className={styles.strip} width={width} height={HEIGHT} aria-hidden="true">
        {beginning > 0 && <rect className={styles.unkept} x={0} y={0} width={beginning} height={HEIGHT - 20} />}
        {moment !== null && (
          <rect className={styles.undone} x={cursor} y={0} width={Math.max(0, at(now) - cursor)} height={HEIGHT - 20} />
        )}
        {ticks(span, Math.max(2, width / 110), new Date(now).getTimezoneOffset()).map((tick) => (
          <g key={tick} transform={`translate(${at(tick)} 0)`}>
            <line className={styles.tick} y1={20} y2={HEIGHT - 20} />
            {at(tick) > 32 && at(tick) < width - 32 && (
              <text className={styles.hour} x={0} y={HEIGHT - 6}>
                {tickWord(tick, span, format)}
              </text>
            )}
          </g>
        ))}
        <line className={styles.base} x1={0} x2={width} y1={MIDDLE} y2={MIDDLE} />
        {shownBars.map((bar) => {
          const left = bar.left * width;
          const wide = Math.max(2, bar.width * width - 1);
          return (
            <g key={bar.left}>
              <rect
                className={styles.transactions}
                x={left}
                y={MIDDLE - bar.transactions * HALF}
                width={wide}
                height={bar.transactions * HALF}
              />
              <rect className={styles.files} x={left} y={MIDDLE} width={wide} height={bar.files * HALF} />
            </g>
          );
        })}
        {seenMarks.map((mark) => (
          <g key={mark.id} className={styles.mark} data-kind={mark.kind} transform={`translate(${at(mark.time)} 10)`}>
            <title>{`${text.time.kinds[mark.kind]} #${mark.id} ${mark.label ?? ""} · ${format.dateTime(new Date(mark.time))}`}</title>
            <line className={styles.stem} y1={6} y2={HEIGHT - 30} />
            <path d={SHAPES[mark.kind]} />
            {withWords.has(mark.id) && (
              <text x={9} y={4}>
                {shortened(mark.label ?? text.time.kinds[mark.kind])}
              </text>
            )}
          </g>
        ))}
        <g transform={`translate(${cursor} 0)`} className={styles.cursor} data-past={moment !== null || undefined}>
          <line y1={0} y2={HEIGHT - 20} />
          <path d={`M-6 ${HEIGHT - 14} L0 ${HEIGHT - 22} L6 ${HEIGHT - 14} Z`} />
        </g>
      </svg>
    </div>
  );
}

type Where = Pick<Props, "span" | "now" | "oldest" | "moment" | "marks">;

/** The moment a key leads to; undefined for keys that mean nothing here. */
function keyTarget(event: KeyboardEvent, { span, now, oldest, moment, marks }: Where): number | null | undefined {
  const step = stepOf(span, event.shiftKey);
  switch (event.key) {
    case "ArrowLeft":
    case "ArrowDown":
      return moved(moment, -step, oldest, now);
    case "ArrowRight":
    case "ArrowUp":
      return moved(moment, step, oldest, now);
    case "PageUp":
      return neighbour(marks, moment ?? now, -1)?.time ?? moment;
    case "PageDown":
      return neighbour(marks, moment ?? now, 1)?.time ?? null;
    case "Home":
      return oldest;
    case "End":
      return null;
    default:
      return undefined;
  }
}

function tickWord(tick: number, span: Span, format: ReturnType<typeof useFormat>): string {
  const local = new Date(tick);
  const midnight = local.getHours() === 0 && local.getMinutes() === 0;
  if (midnight || span.to - span.from > 3 * 86_400_000) return format.date(local);
  return format.time(local).replace(/:00(?=\s|$)/, "");
}

function shortened(label: string): string {
  return label.length > 13 ? `${label.slice(0, 12)}…` : label;
}

function useWidth() {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(800);
  useLayoutEffect(() => {
    if (!box.current) return;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(entry.contentRect.width));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return [box, width] as const;
}
