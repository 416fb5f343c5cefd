/** One chart: mean lines with the band from least to greatest, gaps as gaps, one crosshair across all charts, marks of
 * what happened, and a range that is selected by dragging. Loaded when a chart is first shown. */
import { type PointerEvent, type ReactNode, useId, useLayoutEffect, useMemo, useRef, useState } from "react";
import { createPortal } from "react-dom";
import {
  Area,
  CartesianGrid,
  ComposedChart,
  Line,
  ReferenceLine,
  type SyncMethod,
  Tooltip,
  useActiveTooltipDataPoints,
  useActiveTooltipLabel,
  XAxis,
  YAxis,
} from "recharts";
import { useFormat, useText } from "../../i18n/text.tsx";
import { ticks } from "../time/scale.ts";
import styles from "./MetricChart.module.css";
import type { Mark } from "./marks.ts";
import type { Span } from "./range.ts";
import { alone, bandOf, greatestOf, type Points, type Row, rowsOf } from "./rows.ts";
import { SHAPES } from "./shapes.ts";
import { heights, tickWord } from "./ticks.ts";

export interface Drawn {
  readonly key: string;
  readonly name: string;
  readonly points: Points;
  /** The same a week before, drawn faintly. */
  readonly before?: Points | undefined;
}

interface Props {
  readonly title: string;
  readonly lines: readonly Drawn[];
  readonly span: Span;
  readonly marks: readonly Mark[];
  readonly top?: number | undefined;
  readonly inSeconds: boolean;
  /** A number with its unit, for the axis and in words. */
  readonly told: (value: number | null | undefined) => string;
  readonly onSelect: (from: number, to: number) => void;
}

const COLOURS = [1, 2, 3, 4, 5, 6].map((number) => `var(--chart-${number})`);
const LEFT = 72;
const NO_BREAK = "\u00a0"; // a number and its unit stay in one line
const RIGHT = 12;
const TOP = 12;
const HEIGHT = 176;
const LEAST_PX = 6;
const DAY_MS = 86_400_000;
const TICK_PX = 84;
const beforeOf = (key: string) => `${key}<`;

export default function MetricChart({ title, lines, span, marks, top, inSeconds, told, onSelect }: Props) {
  const format = useFormat();
  const titleId = useId();
  const [legend, setLegend] = useState<HTMLElement | null>(null);
  const [width, setWidth] = useState(480);
  const { from, to } = span;
  const rows = useMemo(() => rowsOf(lines.flatMap(drawnOf), { from, to }), [lines, from, to]);
  const levels = useMemo(() => heights(Math.max(top ?? 0, greatestOf(rows)), inSeconds), [rows, top, inSeconds]);
  const seen = marks.filter(({ time }) => time >= span.from && time <= span.to);
  return (
    <figure className={styles.figure} aria-labelledby={titleId}>
      <figcaption id={titleId}>{title}</figcaption>
      <Selecting span={span} onSelect={onSelect} onWidth={setWidth}>
        <ComposedChart
          data={rows}
          responsive
          style={{ width: "100%", height: HEIGHT }}
          margin={{ top: TOP, right: RIGHT, bottom: 0, left: 0 }}
          syncId="monitoring"
          syncMethod={nearest}
          title={title}
        >
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis
            dataKey="t"
            type="number"
            domain={[span.from, span.to]}
            allowDataOverflow
            ticks={ticks(span, Math.max(2, (width - LEFT - RIGHT) / TICK_PX), new Date(span.to).getTimezoneOffset())}
            tickFormatter={(time: number) => tickWord(time, span, format)}
            tick={{ fill: "var(--text-faint)", fontSize: 11 }}
            tickLine={false}
            axisLine={{ stroke: "var(--line-strong)" }}
            height={24}
          />
          <YAxis
            width={LEFT}
            domain={[0, levels.at(-1) ?? 1]}
            ticks={levels}
            tickFormatter={(value: number) => told(value).replaceAll(" ", NO_BREAK)}
            tick={{ fill: "var(--text-faint)", fontSize: 11 }}
            tickLine={false}
            axisLine={false}
          />
          <Tooltip content={() => null} cursor={{ stroke: "var(--text-faint)" }} isAnimationActive={false} />
          {lines.map(({ key }, at) => (
            <Area
              key={bandOf(key)}
              dataKey={bandOf(key)}
              stroke="none"
              fill={COLOURS[at % COLOURS.length] ?? ""}
              fillOpacity={0.18}
              isAnimationActive={false}
              activeDot={false}
            />
          ))}
          {lines.map(
            ({ key, before }, at) =>
              before && (
                <Line
                  key={beforeOf(key)}
                  dataKey={beforeOf(key)}
                  stroke={COLOURS[at % COLOURS.length] ?? ""}
                  strokeOpacity={0.5}
                  strokeDasharray="3 3"
                  dot={false}
                  activeDot={false}
                  isAnimationActive={false}
                />
              ),
          )}
          {lines.map(({ key }, at) => (
            <Line
              key={key}
              dataKey={key}
              stroke={COLOURS[at % COLOURS.length] ?? ""}
              strokeWidth={1.5}
              dot={dotsOf(alone(rows, key), COLOURS[at % COLOURS.length] ?? "")}
              activeDot={{ r: 3 }}
              isAnimationActive={false}
            />
          ))}
          {seen.map((mark) => (
            <ReferenceLine
              key={mark.key}
              x={mark.time}
              stroke={`var(--mark-${mark.kind})`}
              strokeDasharray="2 2"
              label={<MarkHead mark={mark} />}
            />
          ))}
          {legend &&
            createPortal(<Readout lines={lines} rows={rows} long={span.to - span.from > DAY_MS} told={told} />, legend)}
        </ComposedChart>
      </Selecting>
      <div ref={setLegend} className={styles.legend} />
    </figure>
  );
}

function drawnOf({ key, points, before }: Drawn): { key: string; points: Points }[] {
  return before
    ? [
        { key, points },
        { key: beforeOf(key), points: before },
      ]
    : [{ key, points }];
}

/** The point nearest to where another chart has its crosshair: charts need not have been measured at the same times. */
const nearest: SyncMethod = (found, { activeLabel }) => {
  const sought = Number(activeLabel);
  let best = -1;
  let distance = Number.POSITIVE_INFINITY;
  found.forEach(({ value }, at) => {
    const away = Math.abs(Number(value) - sought);
    if (away < distance) [best, distance] = [at, away];
  });
  return best;
};

function dotsOf(times: ReadonlySet<number>, colour: string) {
  if (times.size === 0) return false;
  return ({ cx, cy, payload }: { cx?: number; cy?: number; payload?: Row }) =>
    payload && times.has(payload.t) ? <circle key={payload.t} cx={cx} cy={cy} r={2} fill={colour} /> : null;
}

interface ReadoutProps extends Pick<Props, "lines" | "told"> {
  readonly rows: readonly Row[];
  /** So long a time that days have to be told apart. */
  readonly long: boolean;
}

/** What each line is, and what it was at the crosshair, or is by now. */
function Readout({ lines, rows, long, told }: ReadoutProps) {
  const text = useText();
  const format = useFormat();
  const pointed = useActiveTooltipLabel();
  const active = useActiveTooltipDataPoints<Row>()?.[0];
  const row =
    (pointed === undefined ? undefined : active) ?? rows.findLast((each) => lines.some(({ key }) => each[key] != null));
  return (
    <>
      <ul>
        {lines.map(({ key, name, before }, at) => {
          const band = row?.[bandOf(key)];
          return (
            <li key={key}>
              <svg width="12" height="8" aria-hidden="true">
                <path d="M0 4h12" stroke={COLOURS[at % COLOURS.length]} strokeWidth="2" />
              </svg>
              {name} <b>{told(row?.[key] as number | null | undefined)}</b>
              {Array.isArray(band) && (
                <span className={styles.soft}>
                  {told(band[0])} – {told(band[1])}
                </span>
              )}
              {before && typeof row?.[beforeOf(key)] === "number" && (
                <span className={styles.soft}>
                  {text.monitoring.weekBefore} {told(row?.[beforeOf(key)] as number | null | undefined)}
                </span>
              )}
            </li>
          );
        })}
      </ul>
      {row && pointed !== undefined && (
        <time className={styles.soft}>{(long ? format.dateTime : format.time)(new Date(row.t))}</time>
      )}
    </>
  );
}

function MarkHead({ mark, viewBox }: { mark: Mark; viewBox?: { x?: number; y?: number } }) {
  return (
    <g className={styles.mark} transform={`translate(${viewBox?.x ?? 0} ${TOP - 6})`}>
      <title>{mark.words}</title>
      <rect x={-8} y={-6} width={16} height={16} fill="transparent" />
      <path d={SHAPES[mark.kind]} fill={`var(--mark-${mark.kind})`} />
    </g>
  );
}

interface Selection {
  readonly fromPx: number;
  readonly toPx: number;
}

/** Dragging over the chart selects a time; it never scrolls sideways, so that up and down still scrolls the page. */
function Selecting(props: {
  span: Span;
  onSelect: (from: number, to: number) => void;
  onWidth: (width: number) => void;
  children: ReactNode;
}) {
  const box = useRef<HTMLDivElement>(null);
  const [selection, setSelection] = useState<Selection | null>(null);
  const { span, onSelect, onWidth, children } = props;
  useLayoutEffect(() => {
    if (!box.current) return;
    const observer = new ResizeObserver(([entry]) => entry && onWidth(entry.contentRect.width));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [onWidth]);
  const placeOf = (event: PointerEvent) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    return Math.min(Math.max(event.clientX - left, LEFT), width - RIGHT);
  };
  const timeAt = (px: number) => {
    const width = box.current?.clientWidth ?? 0;
    return span.from + ((px - LEFT) / Math.max(1, width - LEFT - RIGHT)) * (span.to - span.from);
  };
  return (
    <div
      ref={box}
      className={styles.chart}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        const at = placeOf(event);
        setSelection({ fromPx: at, toPx: at });
      }}
      onPointerMove={(event) => {
        if (!selection) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setSelection({ ...selection, toPx: placeOf(event) });
      }}
      onPointerUp={() => {
        if (selection && Math.abs(selection.toPx - selection.fromPx) >= LEAST_PX)
          onSelect(timeAt(selection.fromPx), timeAt(selection.toPx));
        setSelection(null);
      }}
      onPointerCancel={() => setSelection(null)}
    >
      {children}
      {selection && Math.abs(selection.toPx - selection.fromPx) >= LEAST_PX && (
        <div
          className={styles.selection}
          style={{
            left: Math.min(selection.fromPx, selection.toPx),
            width: Math.abs(selection.toPx - selection.fromPx),
          }}
        />
      )}
    </div>
  );
}
