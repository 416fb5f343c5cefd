/** Publish: the apps of this project, what is under way, and their releases with the way back to each. */
import { Link } from "@tanstack/react-router";
import { useOperation } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { CommandLine } from "../../components/CommandLine.tsx";
import { Copyable } from "../../components/Copyable.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Page, Section } from "../../components/Page.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Badge } from "../../components/Status.tsx";
import { useText } from "../../i18n/text.tsx";
import { useMayWrite } from "../../modules/branch/useMayWrite.ts";
import { useWhere } from "../../modules/branch/where.tsx";
import { AppAddress } from "../../modules/publish/AppAddress.tsx";
import { AppState } from "../../modules/publish/AppState.tsx";
import type { App } from "../../modules/publish/apps.ts";
import { PublishButton } from "../../modules/publish/PublishButton.tsx";
import { usePublishing } from "../../modules/publish/PublishProvider.tsx";
import { isUnderWay } from "../../modules/publish/phases.ts";
import { ReleaseProgress } from "../../modules/publish/ReleaseProgress.tsx";
import { ReleaseTable } from "../../modules/publish/ReleaseTable.tsx";
import styles from "./Publish.module.css";

const EVERY_MS = 3_000; // what somebody else publishes makes no event before its end

export default function Publish() {
  const text = useText();
  const { project, ref } = useWhere();
  const apps = useOperation("app.list", {}, { refetchInterval: EVERY_MS });
  const own = apps.data?.filter((app) => app.project === project);
  return (
    <Page title={text.publish.title} about={ref}>
      {apps.error && !own ? (
        <ErrorState error={apps.error} onRetry={() => void apps.refetch()} />
      ) : !own ? (
        <Skeleton />
      ) : own.length === 0 ? (
        <NothingYet />
      ) : (
        <>
          {own.map((app) => (
            <AppPart key={app.name} app={app} />
          ))}
          <CommandLine command={commandOf("app.publish", { ref })} />
        </>
      )}
    </Page>
  );
}

function NothingYet() {
  const text = useText();
  const { project, ref } = useWhere();
  const mayWrite = useMayWrite(project);
  return (
    <EmptyState icon="publish" title={text.publish.emptyTitle}>
      <p>{text.publish.emptyBody}</p>
      {mayWrite ? (
        <>
          <div>
            <PublishButton label={text.publish.emptyAction} />
          </div>
          <p className={styles.soft}>{text.publish.emptyExample}</p>
          <Copyable value={commandOf("app.publish", { ref })} label={text.common.sameOnCommandLine} prompt />
        </>
      ) : (
        <p className={styles.soft}>{text.publish.emptyViewer}</p>
      )}
    </EmptyState>
  );
}

function AppPart({ app }: { app: App }) {
  const text = useText();
  const { runs } = usePublishing();
  const inPanel = runs.some((run) => run.app === app.name);
  const releases = useOperation("release.list", { app: app.name }, { refetchInterval: EVERY_MS });
  const running = releases.data?.find((release) => isUnderWay(release.phase));
  const latest = releases.data?.[0];
  return (
    <Section
      title={
        <span className={styles.title}>
          <Link to="/app/$app" params={{ app: app.name }}>
            {app.name}
          </Link>
          {app.kind === "preview" && <Badge>{text.apps.preview}</Badge>}
          <AppState app={app} />
        </span>
      }
      about={<AppAddress app={app} />}
    >
      {running && !inPanel && <ReleaseProgress app={app.name} number={running.number} />}
      {!running && !inPanel && latest?.phase === "failed" && <ReleaseProgress app={app.name} number={latest.number} />}
      {releases.error && <ErrorState error={releases.error} inline onRetry={() => void releases.refetch()} />}
      {releases.data ? <ReleaseTable app={app} releases={releases.data} /> : <Skeleton lines={3} />}
      {releases.data && releases.data.length > 1 && <p className={styles.soft}>{text.release.notUndone}</p>}
    </Section>
  );
}
