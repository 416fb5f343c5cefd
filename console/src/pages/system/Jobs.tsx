/** Units of build work: what waits, what runs where, how the others ended. */
import { Link } from "@tanstack/react-router";
import { useOperation } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { CommandLine } from "../../components/CommandLine.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Page } from "../../components/Page.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Status } from "../../components/Status.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { When } from "../../components/When.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { toneOf } from "../../modules/states.ts";
import styles from "./System.module.css";
import { SystemTabs } from "./SystemTabs.tsx";

type Job = OutputOf<"job.list">[number];

const EVERY_MS = 3_000;

export default function Jobs() {
  const text = useText();
  const format = useFormat();
  const { data, error, refetch } = useOperation("job.list", {}, { refetchInterval: EVERY_MS });
  const columns: readonly Column<Job>[] = [
    {
      key: "id",
      head: text.jobs.job,
      cell: (job) => (
        <Link to="/system/jobs/$job" params={{ job: String(job.id) }}>
          {job.kind} #{job.id}
        </Link>
      ),
    },
    {
      key: "app",
      head: text.jobs.app,
      grow: true,
      cell: (job) => (
        <Link to="/app/$app" params={{ app: job.app }}>
          {job.app}
        </Link>
      ),
    },
    {
      key: "state",
      head: text.jobs.state,
      cell: (job) => <Status tone={toneOf(job.state)}>{text.jobs.states[job.state]}</Status>,
    },
    {
      key: "attempt",
      head: text.jobs.attempt,
      align: "end",
      secondary: true,
      cell: (job) => `${job.attempts} / ${job.most_attempts}`,
    },
    { key: "runner", head: text.jobs.runner, secondary: true, cell: (job) => job.runner ?? "–" },
    {
      key: "created",
      head: text.jobs.created,
      secondary: true,
      cell: (job) => <When time={job.submitted_at} />,
    },
    {
      key: "took",
      head: text.jobs.took,
      align: "end",
      secondary: true,
      cell: (job) =>
        job.started_at && job.ended_at ? format.duration(Date.parse(job.ended_at) - Date.parse(job.started_at)) : "",
    },
  ];
  return (
    <Page title={text.rail.system}>
      <SystemTabs />
      <p className={styles.fine}>{text.jobs.about}</p>
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton />
      ) : data.length === 0 ? (
        <EmptyState icon="system" title={text.jobs.empty}>
          <p>{text.jobs.emptyAbout}</p>
        </EmptyState>
      ) : (
        <Table label={text.jobs.title} columns={columns} rows={data} keyOf={(job) => job.id} />
      )}
      <CommandLine command={commandOf("job.list", {})} />
    </Page>
  );
}
