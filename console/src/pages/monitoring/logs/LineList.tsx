/** Lines, the newest first; only those in sight are drawn. One that is opened shows its fields and what is around it. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { classes } from "../../../components/classes.ts";
import { Icon } from "../../../components/Icon.tsx";
import { useFormat, useText } from "../../../i18n/text.tsx";
import { type Asked, type Line, nameOfLine } from "../../../modules/logbook/asked.ts";
import { told } from "../../../modules/logbook/fields.ts";
import { LineDetails } from "./LineDetails.tsx";
import styles from "./Logs.module.css";

interface Props {
  readonly lines: readonly Line[];
  readonly open: string | undefined;
  readonly onOpen: (line: Line) => void;
  readonly asked: Asked;
  readonly onChange: (to: Asked) => void;
  /** Called when the last of them come into sight. */
  readonly onReach?: (() => void) | undefined;
}

const ROW_PX = 26;
const AHEAD = 40;

export function LineList({ lines, open, onOpen, asked, onChange, onReach }: Props) {
  const text = useText();
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => nameOfLine(lines[index] as Line),
    overscan: 16,
  });
  const items = virtual.getVirtualItems();
  const lowest = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (lowest >= lines.length - AHEAD) onReach?.();
  }, [lowest, lines.length, onReach]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section ref={scroller} className={styles.lines} aria-label={text.logbook.lines} tabIndex={0}>
      <ol style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const line = lines[item.index] as Line;
          const isOpen = open === nameOfLine(line);
          return (
            <li
              key={item.key}
              ref={virtual.measureElement}
              data-index={item.index}
              className={classes(styles.item, isOpen && styles.opened)}
              data-level={line.level}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <Row line={line} open={isOpen} onOpen={() => onOpen(line)} />
              {isOpen && <LineDetails line={line} asked={asked} onChange={onChange} />}
            </li>
          );
        })}
      </ol>
    </section>
  );
}

function Row({ line, open, onOpen }: { line: Line; open: boolean; onOpen: () => void }) {
  const text = useText();
  const format = useFormat();
  const { message, rest } = told(line.text);
  return (
    <button type="button" className={styles.row} aria-expanded={open} onClick={onOpen}>
      <Icon name={open ? "down" : "right"} size={12} />
      <time dateTime={line.time} title={format.dateTime(line.time)}>
        {format.moment(line.time)}
      </time>
      <span className={styles.levelWord}>{text.logbook.levelOf[line.level] ?? line.level}</span>
      <span className={styles.source}>{line.name}</span>
      <span className={styles.text}>
        {message}
        {rest && <span className={styles.soft}> {rest}</span>}
        {line.rest.length > 0 && <span className={styles.soft}> {text.logbook.line.more(line.rest.length)}</span>}
      </span>
    </button>
  );
}
