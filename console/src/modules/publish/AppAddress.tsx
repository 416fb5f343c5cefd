/** Where an app is reached: to open, and to copy. */
import { CopyButton } from "../../components/Copyable.tsx";
import { Icon } from "../../components/Icon.tsx";
import { useText } from "../../i18n/text.tsx";
import styles from "./AppAddress.module.css";
import type { App } from "./apps.ts";

export function AppAddress({ app }: { app: Pick<App, "url" | "name"> }) {
  const text = useText();
  if (app.url === null) return <span className={styles.none}>{text.apps.noAddress}</span>;
  return (
    <span className={styles.address}>
      <a href={app.url} target="_blank" rel="noreferrer" title={text.apps.open}>
        <span className={styles.url}>{app.url.replace(/^https?:\/\//, "").replace(/\/$/, "")}</span>
        <Icon name="external" size={12} />
      </a>
      <CopyButton value={app.url} label={text.apps.address} />
    </span>
  );
}
