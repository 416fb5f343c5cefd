/** How everything is: the daemon, its gateway, every branch and workspace, and whether the machine has what Nacre needs. */
import { useOperation } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { useMay } from "../../api/session.ts";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Facts } from "../../components/Facts.tsx";
import { Page, Section } from "../../components/Page.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Status } from "../../components/Status.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { When } from "../../components/When.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { toneOf } from "../../modules/states.ts";
import { Doctor } from "./Doctor.tsx";
import styles from "./System.module.css";
import { SystemTabs } from "./SystemTabs.tsx";

type Whole = OutputOf<"system.status">;
type BranchStatus = Whole["branches"][number];
type WorkspaceStatus = Whole["workspaces"][number];

const EVERY_MS = 5_000;

export default function System() {
  const text = useText();
  const may = useMay();
  const { data, error, refetch } = useOperation("system.status", {}, { refetchInterval: EVERY_MS });
  return (
    <Page title={text.rail.system}>
      <SystemTabs />
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data ? (
        <>
          <Daemon whole={data} />
          <Branches branches={data.branches} />
          <Workspaces workspaces={data.workspaces} />
        </>
      ) : (
        <Skeleton />
      )}
      {may("admin") && <Doctor />}
    </Page>
  );
}

function Daemon({ whole }: { whole: Whole }) {
  const text = useText();
  const format = useFormat();
  const { gateway } = whole;
  return (
    <>
      <Facts
        facts={[
          { label: text.system.version, value: whole.version },
          { label: text.system.started, value: <When time={whole.started_at} /> },
          { label: text.system.address, value: <code>{whole.listening}</code> },
          { label: text.system.home, value: <code>{whole.home}</code> },
          {
            label: text.system.gateway,
            value: gateway ? (
              <>
                <Status tone={toneOf(gateway.state)}>{text.states[gateway.state] ?? gateway.state}</Status>
                {gateway.memory_bytes > 0 && <span> · {format.bytes(gateway.memory_bytes)}</span>}
              </>
            ) : (
              text.system.noGateway
            ),
          },
          { label: text.system.memory, value: format.bytes(whole.memory_bytes) },
          {
            label: text.system.storage,
            value: whole.copy_on_write ? text.system.copyOnWrite(whole.storage) : text.system.copies(whole.storage),
          },
          { label: text.system.diskFree, value: format.bytes(whole.disk_free_bytes) },
        ]}
      />
      {gateway?.trouble && <p className={styles.trouble}>{gateway.trouble}</p>}
    </>
  );
}

function Branches({ branches }: { branches: readonly BranchStatus[] }) {
  const text = useText();
  const format = useFormat();
  const columns: readonly Column<BranchStatus>[] = [
    {
      key: "ref",
      head: text.project.branch,
      grow: true,
      cell: (branch) => (
        <>
          {branch.ref}
          {branch.trouble && <span className={styles.troubled}> {branch.trouble}</span>}
        </>
      ),
    },
    {
      key: "state",
      head: "Postgres",
      cell: (branch) => (
        <Status tone={toneOf(branch.postgres)}>{text.states[branch.postgres] ?? branch.postgres}</Status>
      ),
    },
    {
      key: "restarts",
      head: text.system.restarts,
      align: "end",
      secondary: true,
      cell: (branch) => format.number(branch.restarts),
    },
    {
      key: "memory",
      head: text.projects.memory,
      align: "end",
      cell: (branch) => (branch.memory_bytes ? format.bytes(branch.memory_bytes) : "–"),
    },
  ];
  if (branches.length === 0) return null;
  return (
    <Section title={text.projects.branches}>
      <Table label={text.projects.branches} columns={columns} rows={branches} keyOf={(branch) => branch.ref} />
    </Section>
  );
}

function Workspaces({ workspaces }: { workspaces: readonly WorkspaceStatus[] }) {
  const text = useText();
  const format = useFormat();
  const columns: readonly Column<WorkspaceStatus>[] = [
    { key: "person", head: text.people.person, cell: (one) => one.person },
    {
      key: "ref",
      head: text.project.branch,
      grow: true,
      cell: (one) => (
        <>
          {one.ref}
          {one.trouble && <span className={styles.troubled}> {one.trouble}</span>}
        </>
      ),
    },
    {
      key: "state",
      head: text.system.state,
      cell: (one) => <Status tone={toneOf(one.state)}>{text.states[one.state] ?? one.state}</Status>,
    },
    {
      key: "restarts",
      head: text.system.restarts,
      align: "end",
      secondary: true,
      cell: (one) => format.number(one.restarts),
    },
    {
      key: "memory",
      head: text.projects.memory,
      align: "end",
      cell: (one) => (one.memory_bytes ? format.bytes(one.memory_bytes) : "–"),
    },
  ];
  return (
    <Section title={text.system.workspaces} about={text.system.workspacesAbout}>
      {workspaces.length > 0 && (
        <Table
          label={text.system.workspaces}
          columns={columns}
          rows={workspaces}
          keyOf={(one) => `${one.person} ${one.ref}`}
        />
      )}
    </Section>
  );
}
