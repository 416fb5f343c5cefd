/** What of an app runs by the clock: as the release that serves says. */
import { useOperation } from "../../api/hooks.ts";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Table } from "../../components/Table.tsx";
import { useText } from "../../i18n/text.tsx";
import type { App } from "../../modules/publish/apps.ts";
import styles from "./Apps.module.css";
import { useApp } from "./app.tsx";

type Entry = readonly [schedule: string, line: string];

export default function Cron() {
  const app = useApp();
  return app.release === null ? <Nothing /> : <OfRelease app={app} number={app.release} />;
}

function OfRelease({ app, number }: { app: App; number: number }) {
  const text = useText();
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
    </>
  );
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
