/** Who listens on this machine for Nacre, and who may reach it. */
import { useOperation } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { CommandLine } from "../../components/CommandLine.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Page } from "../../components/Page.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Status, type Tone } from "../../components/Status.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { useText } from "../../i18n/text.tsx";
import styles from "./System.module.css";
import { SystemTabs } from "./SystemTabs.tsx";

type Listening = OutputOf<"port.list">[number];

const TONES: Readonly<Record<Listening["state"], Tone>> = {
  "as-configured": "good",
  unexpected: "bad",
  missing: "bad",
};
const EVERY_MS = 10_000;

export default function Ports() {
  const text = useText();
  const { data, error, refetch } = useOperation("port.list", {}, { refetchInterval: EVERY_MS });
  const columns: readonly Column<Listening>[] = [
    {
      key: "address",
      head: text.ports.listens,
      cell: (row) => (
        <>
          <code>{row.address}</code> <span className={styles.fine}>{row.protocol}</span>
        </>
      ),
    },
    {
      key: "what",
      head: text.ports.who,
      grow: true,
      cell: (row) => (
        <>
          {row.what}
          {row.project && !row.what.includes(row.project) && <span className={styles.fine}> · {row.project}</span>}
          {row.why && <p className={styles.because}>{row.why}</p>}
        </>
      ),
    },
    { key: "reach", head: text.ports.reach, cell: (row) => text.ports.reaches[row.reach] },
    { key: "needs", head: text.ports.needs, secondary: true, cell: (row) => text.ports.needed[row.needs] },
    {
      key: "state",
      head: text.system.state,
      secondary: true,
      cell: (row) => <Status tone={TONES[row.state]}>{text.ports.states[row.state]}</Status>,
    },
  ];
  return (
    <Page title={text.rail.system} wide>
      <SystemTabs />
      <p className={styles.fine}>{text.ports.about}</p>
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data ? (
        <Table
          label={text.ports.title}
          columns={columns}
          rows={data}
          keyOf={(row) => `${row.protocol} ${row.address} ${row.what} ${row.pid}`}
        />
      ) : (
        <Skeleton />
      )}
      <CommandLine command={commandOf("port.list", {})} />
    </Page>
  );
}
