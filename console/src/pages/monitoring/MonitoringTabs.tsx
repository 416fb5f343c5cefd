/** The pages of monitoring. */
import { Status, type Tone } from "../../components/Status.tsx";
import { Tabs } from "../../components/Tabs.tsx";
import { useText } from "../../i18n/text.tsx";
import { useFollowing } from "../../modules/monitoring/useWatch.ts";
import type { Following } from "../../modules/monitoring/watch.ts";
import styles from "./MonitoringTabs.module.css";

const TONES: Readonly<Record<Following, Tone>> = {
  off: "still",
  connecting: "still",
  live: "good",
  lost: "wait",
  refused: "still",
};

export function MonitoringTabs() {
  const text = useText();
  const following = useFollowing();
  return (
    <div className={styles.bar}>
      <Tabs
        label={text.monitoring.title}
        tabs={[
          { to: "/monitoring", label: text.monitoring.tabs.overview },
          { to: "/monitoring/dashboards", label: text.monitoring.tabs.dashboards },
          { to: "/monitoring/logs", label: text.monitoring.tabs.logs },
          { to: "/monitoring/statements", label: text.monitoring.tabs.statements },
          { to: "/monitoring/alerts", label: text.monitoring.tabs.alerts, within: true },
        ]}
      />
      {following !== "off" && (
        <span className={styles.live} title={text.monitoring.followingAbout[following]}>
          <Status tone={TONES[following]}>{text.monitoring.following[following]}</Status>
        </span>
      )}
    </div>
  );
}
