/** One release: how far it came and how long that took, its log, what it changed, its image, and the way back to it. */
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useFollow, useOperation } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { Copyable } from "../../components/Copyable.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { type Fact, Facts } from "../../components/Facts.tsx";
import { Page, Section } from "../../components/Page.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { When } from "../../components/When.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { useMayWrite } from "../../modules/branch/useMayWrite.ts";
import { useWhere } from "../../modules/branch/where.tsx";
import { ReleaseState, whatIsIn, wordsOf } from "../../modules/publish/AppState.tsx";
import { canGoBackTo, nameOf } from "../../modules/publish/apps.ts";
import { Failure } from "../../modules/publish/Failure.tsx";
import { isUnderWay } from "../../modules/publish/phases.ts";
import { ReleaseLog, ReleasePhases } from "../../modules/publish/ReleaseProgress.tsx";
import { ReleaseLink } from "../../modules/publish/ReleaseTable.tsx";
import { useRollback } from "../../modules/publish/useRollback.tsx";
import styles from "./ReleasePage.module.css";

type Detail = OutputOf<"release.show">;

const AGAIN_MS = 700;

export default function ReleasePage() {
  const text = useText();
  const { project } = useWhere();
  const { number } = useParams({ from: "/signed-in/projects/$ref/publish/releases/$number" });
  const { app = project } = useSearch({ from: "/signed-in/projects/$ref/publish/releases/$number" });
  const [underWay, setUnderWay] = useState(true);
  const input = { app, number: Number(number) };
  const shown = useOperation("release.show", input, { refetchInterval: underWay ? AGAIN_MS : false });
  const release = shown.data;
  useEffect(() => {
    if (release) setUnderWay(isUnderWay(release.phase));
  }, [release]);
  const title = text.release.title(app, input.number);
  if (!release) {
    return (
      <Page title={title}>
        {shown.error ? <ErrorState error={shown.error} onRetry={() => void shown.refetch()} /> : <Skeleton />}
      </Page>
    );
  }
  return (
    <Page
      title={title}
      about={<About release={release} />}
      actions={underWay ? <Cancel release={release} /> : <GoBack release={release} />}
    >
      <Passed release={release} />
      {(release.log !== "" || underWay) && (
        <Section title={text.release.log}>
          <ReleaseLog log={release.log} label={text.release.log} />
        </Section>
      )}
      {(release.changes || release.number === 1) && (
        <Section
          title={text.release.changes}
          about={release.changes ? text.release.changesSince(release.changes.against) : text.release.first}
        >
          {release.changes && <Changes changes={release.changes} />}
        </Section>
      )}
      <Image release={release} />
      <CommandLine command={commandOf("release.show", input)} />
    </Page>
  );
}

function About({ release }: { release: Detail }) {
  const text = useText();
  return (
    <span className={styles.about}>
      <ReleaseState release={release} />
      <span>
        {whatIsIn(text, release)}
        {wordsOf(release) && ` · ${wordsOf(release)}`}
      </span>
      <span>
        {nameOf(release.who)} · <When time={release.created_at} />
      </span>
    </span>
  );
}

function GoBack({ release }: { release: Detail }) {
  const text = useText();
  const { project } = useWhere();
  const mayWrite = useMayWrite(project);
  const { rollBack, rolling } = useRollback();
  if (!mayWrite || !canGoBackTo(release)) return null;
  return (
    <Button
      look="primary"
      icon="undo"
      busy={rolling.running}
      onClick={() => void rollBack(release.app, release.number)}
    >
      {text.release.rollbackTo(release.number)}
    </Button>
  );
}

function Cancel({ release }: { release: Detail }) {
  const text = useText();
  const toasts = useToasts();
  const { project } = useWhere();
  const mayWrite = useMayWrite(project);
  const cancelling = useFollow("job.cancel");
  if (!mayWrite || release.job === null || release.phase !== "building") return null;
  const job = release.job;
  const cancel = async () => {
    if (await cancelling.start({ id: job })) toasts.show({ message: text.release.cancelled });
  };
  return (
    <Button icon="stop" busy={cancelling.running} onClick={() => void cancel()}>
      {text.release.cancel}
    </Button>
  );
}

function Passed({ release }: { release: Detail }) {
  const text = useText();
  const format = useFormat();
  const took = format.duration(release.seconds * 1000);
  const about = release.finished_at === null ? null : release.phase === "live" ? "phasesAbout" : "phasesFailed";
  return (
    <Section title={text.release.phases} {...(about ? { about: text.release[about](took) } : {})}>
      <ReleasePhases release={release} />
      {release.error && <Failure reason={release.error} />}
      {release.phase === "failed" && release.replaces !== null && (
        <p className={styles.soft}>{text.publish.stillServes}</p>
      )}
      {canGoBackTo(release) && (
        <p className={styles.soft}>
          {text.release.notUndone}{" "}
          <Link to="/app/$app/database" params={{ app: release.app }}>
            {text.release.dataToo}
          </Link>
        </p>
      )}
    </Section>
  );
}

function Changes({ changes }: { changes: NonNullable<Detail["changes"]> }) {
  const text = useText();
  const format = useFormat();
  const { files, configuration, tables, image } = changes;
  return (
    <ul className={styles.changes}>
      <li>
        {files === null ? (
          text.release.notComparable
        ) : files.length === 0 ? (
          text.release.noFiles
        ) : (
          <details open={files.length <= 12}>
            <summary>{text.release.files(files.length)}</summary>
            <ul className={styles.files}>
              {files.map((path) => (
                <li key={path}>
                  <code>{path}</code>
                </li>
              ))}
            </ul>
          </details>
        )}
      </li>
      <li>
        {configuration.length === 0 ? text.release.noEnvironment : text.release.environment(format.list(configuration))}
      </li>
      <li>
        {tables.length === 0 ? text.release.noSchema : text.release.schema}
        {tables.length > 0 && <pre className={styles.lines}>{tables.join("\n")}</pre>}
      </li>
      <li>{image ? text.release.otherImage : text.release.sameImage}</li>
    </ul>
  );
}

function Image({ release }: { release: Detail }) {
  const text = useText();
  const { project } = useWhere();
  const facts: Fact[] = [];
  if (release.replaces !== null) {
    facts.push({
      label: text.release.replaces,
      value: <ReleaseLink app={{ name: release.app, project }} number={release.replaces} />,
    });
  }
  if (release.job !== null) facts.push({ label: text.release.job, value: <code>{release.job}</code> });
  if (release.checkpoint !== null) {
    facts.push({ label: text.release.checkpointBefore, value: <code>#{release.checkpoint}</code> });
  }
  for (const [name, value] of Object.entries(release.run ?? {})) {
    const words = inWords(value);
    if (words !== "") facts.push({ label: text.release.runFacts[name] ?? name, value: <code>{words}</code> });
  }
  return (
    <Section title={text.release.image}>
      {release.digest === null ? (
        <p className={styles.soft}>{text.release.noImage}</p>
      ) : (
        <Copyable value={release.digest} label={text.release.digest} />
      )}
      {facts.length > 0 && <Facts facts={facts} />}
    </Section>
  );
}

function inWords(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(String).join(" ");
  if (typeof value === "object") {
    return Object.entries(value)
      .map(([name, one]) => `${name} ${inWords(one)}`)
      .join(" · ");
  }
  return String(value);
}
