/** The pages of monitoring. */
import { Tabs } from "../../components/Tabs.tsx";
import { useText } from "../../i18n/text.tsx";

export function MonitoringTabs() {
  const text = useText();
  return (
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
  );
}
