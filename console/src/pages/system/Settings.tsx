/** The settings that the daemon runs with. They are changed where it is started. */
import { useOperation } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { CommandLine } from "../../components/CommandLine.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Page } from "../../components/Page.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Badge } from "../../components/Status.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { useText } from "../../i18n/text.tsx";
import styles from "./System.module.css";
import { SystemTabs } from "./SystemTabs.tsx";

type Setting = OutputOf<"system.settings">[number];

export default function Settings() {
  const text = useText();
  const { data, error, refetch } = useOperation("system.settings", {});
  const columns: readonly Column<Setting>[] = [
    {
      key: "name",
      head: text.common.name,
      grow: true,
      cell: (setting) => (
        <div className={styles.setting}>
          <code>{setting.name}</code>
          <p>{setting.description}</p>
        </div>
      ),
    },
    {
      key: "value",
      head: text.system.value,
      cell: (setting) => <code>{setting.value || "–"}</code>,
    },
    {
      key: "changed",
      head: text.system.origin,
      secondary: true,
      cell: (setting) =>
        setting.changed ? <Badge tone="accent">{text.system.changed}</Badge> : <Badge>{text.system.default}</Badge>,
    },
  ];
  return (
    <Page title={text.rail.system}>
      <SystemTabs />
      <p className={styles.fine}>{text.system.settingsAbout}</p>
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data ? (
        <Table label={text.system.settings} columns={columns} rows={data} keyOf={(setting) => setting.name} />
      ) : (
        <Skeleton />
      )}
      <CommandLine command={commandOf("system.settings", {})} />
    </Page>
  );
}
