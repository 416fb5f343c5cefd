/** The frame of the pages before the sign-in: the mark, one card, language and theme. */
import { type ReactNode, useEffect } from "react";
import { Brand } from "../../modules/Brand.tsx";
import { LanguageMenu, ThemeMenu } from "../../modules/PersonMenu.tsx";
import styles from "./Gate.module.css";

export function Gate({ title, children, foot }: { title: string; children: ReactNode; foot?: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Nacre`;
  }, [title]);
  return (
    <div className={styles.gate}>
      <main className={styles.main}>
        <Brand />
        <h1 className={styles.title}>{title}</h1>
        <div className={styles.card}>{children}</div>
        {foot && <div className={styles.foot}>{foot}</div>}
      </main>
      <footer className={styles.choices}>
        <ThemeMenu />
        <LanguageMenu />
      </footer>
    </div>
  );
}
