/** What all views of the alert centre have above them. */
import type { ReactNode } from "react";
import { useOperation } from "../../../api/hooks.ts";
import { useMay } from "../../../api/session.ts";
import { Page } from "../../../components/Page.tsx";
import { Segments } from "../../../components/Segments.tsx";
import { useText } from "../../../i18n/text.tsx";
import { useEvery, useWatch } from "../../../modules/monitoring/useWatch.ts";
import { MonitoringTabs } from "../MonitoringTabs.tsx";
import styles from "./Alerts.module.css";

export function AlertFrame({ actions, children }: { actions?: ReactNode; children: ReactNode }) {
  const text = useText();
  const may = useMay();
  const every = useEvery();
  useWatch({ part: ["alerts", "marks"] });
  const { data } = useOperation("alert.list", {}, { refetchInterval: every });
  const { views } = text.alerts;
  return (
    <Page title={text.monitoring.title}>
      <MonitoringTabs />
      <div className={styles.bar}>
        <Segments
          label={views.label}
          segments={[
            {
              to: "/monitoring/alerts",
              label: views.now,
              count: data?.filter((one) => one.stage === "firing").length ?? 0,
            },
            { to: "/monitoring/alerts/history", label: views.history },
            ...(may("admin")
              ? [
                  { to: "/monitoring/alerts/rules", label: views.rules },
                  { to: "/monitoring/alerts/channels", label: views.channels },
                ]
              : []),
          ]}
        />
        {actions}
      </div>
      {children}
    </Page>
  );
}
