/** Pages beside each other, each with an address of its own. */
import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import styles from "./Tabs.module.css";

export interface Tab {
  readonly to: string;
  readonly label: string;
  /** It stands for the pages below its address, too. */
  readonly within?: boolean;
}

export function Tabs({ label, tabs }: { label: string; tabs: readonly Tab[] }) {
  const bar = useRef<HTMLElement>(null);
  // On a phone there may be more of them than fit, and fewer once something comes to stand beside them.
  useEffect(() => {
    const nav = bar.current;
    if (!nav) return;
    const resized = new ResizeObserver(() => {
      const active = nav.querySelector<HTMLElement>("[aria-current]");
      if (active) nav.scrollLeft = active.offsetLeft + active.offsetWidth - nav.offsetLeft - nav.clientWidth;
    });
    resized.observe(nav);
    return () => resized.disconnect();
  }, []);
  return (
    <nav ref={bar} aria-label={label} className={styles.tabs}>
      {tabs.map((tab) => (
        <Link
          key={tab.to}
          to={tab.to}
          className={styles.tab}
          activeOptions={{ exact: !tab.within, includeSearch: false }}
          activeProps={{ className: styles.active }}
        >
          {tab.label}
        </Link>
      ))}
    </nav>
  );
}
