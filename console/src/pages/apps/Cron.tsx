/** What of an app runs by the clock, as the release that serves says, and how its runs ended. */
import { useOperation } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { CommandLine } from "../../components/CommandLine.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Section } from "../../components/Page.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Status } from "../../components/Status.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { When } from "../../components/When.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { useMayWrite } from "../../modules/branch/useMayWrite.ts";
import type { App } from "../../modules/publish/apps.ts";
import styles from "./Apps.module.css";
import { useApp } from "./app.tsx";

type Run = OutputOf<"app.cron">[number];
type Entry = readonly [schedule: string, line: string];

const EVERY_MS = 10_000; // the clock makes no event

export default function Cron() {
  const app = useApp();
  return app.release === null ? <Nothing /> : <OfRelease app={app} number={app.release} />;
}

function OfRelease({ app, number }: { app: App; number: number }) {
  const text = useText();
  const mayRead = useMayWrite(app.project);
  const { data, error, refetch } = useOperation("release.show", { app: app.name, number });
  if (error && !data) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton />;
  const entries = entriesIn(data.run?.cron);
  if (entries.length === 0) return <Nothing />;
  return (
    <>
      <p className={styles.soft}>{text.apps.cron.about}</p>
      <Table
        label={text.apps.cron.title}
        columns={[
          { key: "schedule", head: text.apps.cron.schedule, cell: ([schedule]) => <code>{schedule}</code> },
          { key: "line", head: text.apps.cron.line, grow: true, cell: ([, line]) => <code>{line}</code> },
        ]}
        rows={entries}
        keyOf={([schedule, line]) => `${schedule} ${line}`}
      />
      {mayRead && <Runs app={app.name} />}
    </>
  );
}

function Runs({ app }: { app: string }) {
  const text = useText();
  const format = useFormat();
  const { data, error, refetch } = useOperation("app.cron", { app }, { refetchInterval: EVERY_MS });
  const columns: readonly Column<Run>[] = [
    { key: "due", head: text.release.when, cell: (run) => <When time={run.due_at} /> },
    { key: "line", head: text.apps.cron.line, secondary: true, cell: (run) => <code>{run.line}</code> },
    {
      key: "said",
      head: text.apps.cron.said,
      grow: true,
      cell: (run) => <pre className={styles.said}>{run.said}</pre>,
    },
    {
      key: "took",
      head: text.release.took,
      align: "end",
      secondary: true,
      cell: (run) => (run.seconds === null ? "" : format.duration(run.seconds * 1000)),
    },
    { key: "state", head: text.release.state, cell: (run) => <Ended run={run} /> },
  ];
  return (
    <Section title={text.apps.cron.runs}>
      {error && <ErrorState error={error} inline onRetry={() => void refetch()} />}
      {data?.length === 0 && <p className={styles.soft}>{text.apps.cron.never}</p>}
      {data && data.length > 0 && (
        <Table
          label={text.apps.cron.runs}
          columns={columns}
          rows={data}
          keyOf={(run) => `${run.schedule} ${run.line} ${run.due_at}`}
        />
      )}
      <CommandLine command={commandOf("app.cron", { app })} />
    </Section>
  );
}

function Ended({ run }: { run: Run }) {
  const text = useText();
  if (run.ended_at === null) return <Status tone="wait">{text.publish.phaseStates.running}</Status>;
  if (run.exit_code === null) return <Status tone="bad">{text.apps.cron.notRun}</Status>;
  return <Status tone={run.exit_code === 0 ? "good" : "bad"}>{text.apps.cron.exit(run.exit_code)}</Status>;
}

function Nothing() {
  const text = useText();
  return (
    <EmptyState icon="moment" title={text.apps.cron.noneTitle}>
      <p>{text.apps.cron.noneBody}</p>
      <pre className={styles.example}>{text.apps.cron.example}</pre>
    </EmptyState>
  );
}

/** What a release's image says of the clock: schedules with the lines to run. */
function entriesIn(cron: unknown): readonly Entry[] {
  if (typeof cron !== "object" || cron === null) return [];
  return Object.entries(cron).map(([schedule, line]) => [schedule, String(line)] as const);
}
