/** A state as colour, shape and word at once, so that no one of them is needed alone. */
import { classes } from "./classes.ts";
import styles from "./Status.module.css";

export type Tone = "good" | "wait" | "bad" | "still" | "rest" | "past" | "accent";

export function Status({ tone, children }: { tone: Tone; children: string }) {
  return (
    <span className={classes(styles.status, styles[tone])}>
      <svg className={styles.shape} width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
        {SHAPES[tone]}
      </svg>
      {children}
    </span>
  );
}

/** A short word set apart, such as a role. */
export function Badge({ tone = "still", children }: { tone?: Tone; children: string }) {
  return <span className={classes(styles.badge, styles[tone])}>{children}</span>;
}

const SHAPES = {
  good: <circle cx="5" cy="5" r="4" />,
  wait: (
    <>
      <circle cx="5" cy="5" r="3.5" fill="none" stroke="currentColor" />
      <path d="M5 1.5a3.5 3.5 0 0 1 0 7z" />
    </>
  ),
  bad: <path d="M5 .5 9.500 9h-9z" />,
  still: <rect x="1.500" y="1.500" width="7" height="7" rx="1" />,
  rest: <path d="M8.800 6.600A4.200 4.200 0 1 1 4.200 1.100a3.500 3.500 0 0 0 4.600 5.500z" />,
  past: <path d="M5 .5 9.500 5 5 9.500 .5 5z" />,
  accent: <circle cx="5" cy="5" r="4" />,
} as const;
