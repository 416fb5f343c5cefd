/** The pages of the system. */
import { useMay } from "../../api/session.ts";
import { Tabs } from "../../components/Tabs.tsx";
import { useText } from "../../i18n/text.tsx";

export function SystemTabs() {
  const text = useText();
  const may = useMay();
  if (!may("admin")) return null; // whoever comes by a link sees how things are, and none of what is an admin's
  return (
    <Tabs
      label={text.rail.system}
      tabs={[
        { to: "/system", label: text.system.overview },
        { to: "/system/jobs", label: text.jobs.title },
        { to: "/system/nodes", label: text.nodes.title },
        { to: "/system/ports", label: text.ports.title },
        { to: "/system/add-ons", label: text.addons.title },
        { to: "/system/audit", label: text.audit.title },
        { to: "/system/logs", label: text.system.logs },
        { to: "/system/settings", label: text.system.settings },
      ]}
    />
  );
}
