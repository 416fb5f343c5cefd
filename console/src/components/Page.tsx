/** The frame of a page: title, what can be done, and the content in a readable width. */
import { type ReactNode, useEffect } from "react";
import { classes } from "./classes.ts";
import styles from "./Page.module.css";

interface PageProps {
  title: string;
  about?: ReactNode;
  actions?: ReactNode;
  wide?: boolean;
  children: ReactNode;
}

export function Page({ title, about, actions, wide = false, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Nacre`;
  }, [title]);
  return (
    <div className={classes(styles.page, wide && styles.wide)}>
      <header className={styles.header}>
        <div className={styles.words}>
          <h1>{title}</h1>
          {about && <p>{about}</p>}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** A titled part of a page. */
export function Section({ title, about, actions, children }: Omit<PageProps, "wide" | "title"> & { title: ReactNode }) {
  return (
    <section className={styles.section}>
      <header className={styles.header}>
        <div className={styles.words}>
          <h2>{title}</h2>
          {about && <p>{about}</p>}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </section>
  );
}
