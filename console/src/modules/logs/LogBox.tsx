/** Lines of a log, kept at their end until one scrolls up. */
import { useLayoutEffect, useRef } from "react";
import { classes } from "../../components/classes.ts";
import styles from "./Logs.module.css";
import type { LogLine } from "./lines.ts";

interface Props {
  readonly label: string;
  readonly lines: readonly LogLine[];
  /** Changes whenever there is more. */
  readonly version: number;
  readonly following: boolean;
  readonly onFollowing: (following: boolean) => void;
  /** What is said where there are no lines. */
  readonly empty: string;
  /** A box of its own within a page, rather than all of a pane. */
  readonly framed?: boolean;
}

export function LogBox({ label, lines, version, following, onFollowing, empty, framed = false }: Props) {
  const box = useRef<HTMLDivElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever there is more, the end comes into view
  useLayoutEffect(() => {
    if (following && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [version, following, lines.length]);

  return (
    <div
      ref={box}
      className={classes(styles.lines, framed && styles.framed)}
      role="log"
      aria-label={label}
      aria-live="off"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) =>
        onFollowing(scrollHeight - scrollTop - clientHeight < 24)
      }
    >
      {lines.map((line) => (
        <div key={line.number} data-stream={line.stream} className={styles.line}>
          {line.text || " "}
        </div>
      ))}
      {lines.length === 0 && <p className={styles.none}>{empty}</p>}
    </div>
  );
}
