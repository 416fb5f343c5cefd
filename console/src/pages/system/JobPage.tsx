/** One job: how it stands, why, and what it writes, as it writes it. */
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { follow } from "../../api/client.ts";
import { useFollow, useOperation } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Facts } from "../../components/Facts.tsx";
import { Page, Section } from "../../components/Page.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Status } from "../../components/Status.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { When } from "../../components/When.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { useMayWrite } from "../../modules/branch/useMayWrite.ts";
import { LogBox } from "../../modules/logs/LogBox.tsx";
import { useFollowedLog } from "../../modules/logs/useFollowedLog.ts";
import { Failure } from "../../modules/publish/Failure.tsx";
import { toneOf } from "../../modules/states.ts";

const SHOWN = 1_500;
const EVERY_MS = 2_000;

export default function JobPage() {
  const text = useText();
  const format = useFormat();
  const id = Number(useParams({ from: "/signed-in/system/jobs/$job" }).job);
  const shown = useOperation("job.show", { id }, { refetchInterval: EVERY_MS });
  const job = shown.data;
  const title = `${text.jobs.job} #${id}`;
  if (!job) {
    return (
      <Page title={title}>
        {shown.error ? (
          <ErrorState error={shown.error} onRetry={() => void shown.refetch()}>
            <Link to="/system/jobs">{text.jobs.title}</Link>
          </ErrorState>
        ) : (
          <Skeleton />
        )}
      </Page>
    );
  }
  const underWay = job.state === "waiting" || job.state === "running";
  return (
    <Page
      title={title}
      about={<Status tone={toneOf(job.state)}>{text.jobs.states[job.state]}</Status>}
      actions={underWay && <Cancel id={id} project={job.project} />}
    >
      <Facts
        facts={[
          {
            label: text.jobs.app,
            value: (
              <Link to="/app/$app" params={{ app: job.app }}>
                {job.app}
              </Link>
            ),
          },
          { label: text.jobs.kind, value: job.kind },
          { label: text.jobs.runner, value: job.runner ?? "–" },
          { label: text.jobs.attempt, value: `${job.attempts} / ${job.most_attempts}` },
          { label: text.jobs.created, value: <When time={job.submitted_at} /> },
          {
            label: text.jobs.took,
            value:
              job.started_at && job.ended_at
                ? format.duration(Date.parse(job.ended_at) - Date.parse(job.started_at))
                : "–",
          },
        ]}
      />
      {job.error ? <Failure reason={job.error} /> : job.why && <p>{job.why}</p>}
      <Section title={text.jobs.log}>
        <Log id={id} again={underWay} />
      </Section>
      <CommandLine command={commandOf("job.logs", { id, follow: true })} />
    </Page>
  );
}

function Cancel({ id, project }: { id: number; project: string }) {
  const text = useText();
  const toasts = useToasts();
  const mayWrite = useMayWrite(project);
  const cancelling = useFollow("job.cancel");
  if (!mayWrite) return null;
  const cancel = async () => {
    if (await cancelling.start({ id })) toasts.show({ message: text.jobs.wasCancelled(String(id)) });
  };
  return (
    <>
      {cancelling.error && <ErrorState error={cancelling.error} inline />}
      <Button icon="stop" busy={cancelling.running} onClick={() => void cancel()}>
        {text.jobs.cancel}
      </Button>
    </>
  );
}

function Log({ id, again }: { id: number; again: boolean }) {
  const text = useText();
  const [following, setFollowing] = useState(true);
  const { log, version, error } = useFollowedLog(
    String(id),
    (watcher) => follow("job.logs", { id, follow: true }, watcher),
    { again },
  );
  return (
    <LogBox
      label={text.jobs.log}
      lines={log.matching("").slice(-SHOWN)}
      version={version}
      following={following}
      onFollowing={setFollowing}
      empty={error?.message ?? text.publish.noLog}
      framed
    />
  );
}
