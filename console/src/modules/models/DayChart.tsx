/** Amounts by day as bars of several kinds; what the picture shows is also there as a table. */
import { useLayoutEffect, useMemo, useRef, useState } from "react";
import { classes } from "../../components/classes.ts";
import { useFormat, useText } from "../../i18n/text.tsx";
import styles from "./DayChart.module.css";
import { type Amount, REST, stacked } from "./stacks.ts";

interface Props {
  readonly label: string;
  readonly amounts: readonly Amount[];
  readonly days: readonly string[];
  readonly nameOf: (key: string) => string;
  readonly wordsOf: (value: number) => string;
}

const COLOURS = [styles.c0, styles.c1, styles.c2, styles.c3, styles.c4, styles.c5] as const;
const HEIGHT = 160;
const FOOT = 22;
const HEAD = 8;
const LEFT = 64;
const WORD_PX = 88;

export function DayChart({ label, amounts, days, nameOf, wordsOf }: Props) {
  const text = useText();
  const format = useFormat();
  const [box, width] = useWidth();
  const { keys, stacks, top } = useMemo(() => stacked(amounts, days, COLOURS.length), [amounts, days]);
  const named = (key: string) => (key === REST ? text.spend.rest : nameOf(key));
  const colour = (key: string) => (key === REST ? styles.rest : (COLOURS[keys.indexOf(key)] ?? styles.rest));
  const step = Math.max(1, (width - LEFT) / days.length);
  const wide = Math.max(1, Math.min(40, step - Math.min(6, step * 0.25)));
  const y = (value: number) => HEAD + (HEIGHT - HEAD - FOOT) * (1 - value / top);
  const every = Math.ceil(days.length / Math.max(1, Math.floor((width - LEFT) / WORD_PX)));
  return (
    <figure className={styles.figure} ref={box} aria-label={label}>
      <svg className={styles.chart} viewBox={`0 0 ${width} ${HEIGHT}`} aria-hidden="true">
        {[0.5, 1].map((share) => (
          <g key={share}>
            <line className={styles.line} x1={LEFT} x2={width} y1={y(top * share)} y2={y(top * share)} />
            <text className={classes(styles.word, styles.end)} x={LEFT - 8} y={y(top * share) + 4}>
              {wordsOf(top * share)}
            </text>
          </g>
        ))}
        {stacks.map(({ day, total, parts }, at) => {
          const left = LEFT + at * step + (step - wide) / 2;
          return (
            <g key={day} className={styles.bar}>
              <title>{`${format.day(day)}: ${wordsOf(total)}`}</title>
              {parts.map(({ key, from, to }) => (
                <rect
                  key={key}
                  className={colour(key)}
                  x={left}
                  width={wide}
                  y={y(to)}
                  height={Math.max(0.5, y(from) - y(to))}
                />
              ))}
              {(days.length - 1 - at) % every === 0 && (
                <text
                  className={styles.word}
                  x={Math.min(left + wide / 2, width - 24)}
                  y={HEIGHT - 6}
                  textAnchor="middle"
                >
                  {format.day(day)}
                </text>
              )}
            </g>
          );
        })}
        <line className={styles.base} x1={LEFT} x2={width} y1={y(0)} y2={y(0)} />
      </svg>
      {keys.length > 0 && (
        <ul className={styles.legend}>
          {keys.map((key) => (
            <li key={key}>
              <span className={classes(styles.swatch, colour(key))} aria-hidden="true" />
              {named(key)}
            </li>
          ))}
        </ul>
      )}
    </figure>
  );
}

function useWidth() {
  const box = useRef<HTMLElement>(null);
  const [width, setWidth] = useState(800);
  useLayoutEffect(() => {
    if (!box.current) return;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.max(240, entry.contentRect.width)));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return [box, width] as const;
}
