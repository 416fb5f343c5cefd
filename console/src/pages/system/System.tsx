/** How the daemon and every branch are. */
import { useOperation } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Page, Section } from "../../components/Page.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Status } from "../../components/Status.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { toneOf } from "../../modules/states.ts";

type BranchStatus = OutputOf<"system.status">["branches"][number];

export default function System() {
  const text = useText();
  const format = useFormat();
  const { data, error, refetch } = useOperation("system.status", {}, { refetchInterval: 10_000 });
  const columns: readonly Column<BranchStatus>[] = [
    { key: "ref", head: text.projects.branches, grow: true, cell: (branch) => branch.ref },
    {
      key: "state",
      head: text.projects.state,
      cell: (branch) => (
        <Status tone={toneOf(branch.postgres)}>{text.states[branch.postgres] ?? branch.postgres}</Status>
      ),
    },
    {
      key: "memory",
      head: text.projects.memory,
      align: "end",
      cell: (branch) => format.bytes(branch.memory_bytes),
    },
  ];
  return (
    <Page title={text.rail.system}>
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data ? (
        <Section title={text.projects.branches}>
          <Table label={text.projects.branches} columns={columns} rows={data.branches} keyOf={(branch) => branch.ref} />
        </Section>
      ) : (
        <Skeleton />
      )}
    </Page>
  );
}
