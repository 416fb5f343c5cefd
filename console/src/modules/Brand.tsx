/** The mark: layers of a shell, with the name beside it where there is room. */
import styles from "./Brand.module.css";

export function Brand({ named = true }: { named?: boolean }) {
  return (
    <span className={styles.brand}>
      <svg width="22" height="22" viewBox="0 0 32 32" fill="none" strokeLinecap="round" aria-hidden="true">
        <rect width="32" height="32" rx="8" className={styles.ground} />
        <path d="M7 22a9 9 0 0 1 18 0" className={styles.line} />
        <path d="M11.200 22a4.800 4.800 0 0 1 9.600 0" className={styles.inner} />
        <circle cx="16" cy="22" r="1.600" className={styles.pearl} />
      </svg>
      {named && <span>Nacre</span>}
    </span>
  );
}
