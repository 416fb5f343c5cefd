/** What happened in the time shown, in words: what the lines in the charts stand for, and the way to each. */
import { Link } from "@tanstack/react-router";
import { useFormat, useText } from "../../i18n/text.tsx";
import type { Mark } from "../../modules/monitoring/marks.ts";
import { SHAPES } from "../../modules/monitoring/shapes.ts";
import styles from "./Dashboards.module.css";

export function Marks({ marks }: { marks: readonly Mark[] }) {
  const text = useText();
  const format = useFormat();
  if (marks.length === 0) return null;
  return (
    <details className={styles.marks}>
      <summary>{text.monitoring.happened(marks.length)}</summary>
      <ol>
        {marks.toReversed().map((mark) => (
          <li key={mark.key}>
            <svg width="12" height="12" viewBox="-6 -6 12 12" aria-hidden="true">
              <path d={SHAPES[mark.kind]} fill={`var(--mark-${mark.kind})`} />
            </svg>
            <time dateTime={new Date(mark.time).toISOString()}>{format.dateTime(new Date(mark.time))}</time>
            {mark.link ? <Link to={mark.link}>{mark.words}</Link> : <span>{mark.words}</span>}
          </li>
        ))}
      </ol>
    </details>
  );
}
