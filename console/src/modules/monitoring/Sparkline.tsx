/** A small line beside a number: how it went, without words. */
import type { Span } from "./range.ts";
import type { Points } from "./rows.ts";
import styles from "./Sparkline.module.css";
import { pathOf } from "./sparkline.ts";

export function Sparkline({ points, span, top }: { points: Points; span: Span; top?: number | undefined }) {
  return (
    <svg className={styles.spark} viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true">
      <path d={pathOf(points, span, top)} />
    </svg>
  );
}
