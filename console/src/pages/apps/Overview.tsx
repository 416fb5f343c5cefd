/** An app at a glance: what serves, where it comes from, where its data is. */
import { Link } from "@tanstack/react-router";
import { commandOf } from "../../api/requests.ts";
import { CommandLine } from "../../components/CommandLine.tsx";
import { type Fact, Facts } from "../../components/Facts.tsx";
import { Section } from "../../components/Page.tsx";
import { When } from "../../components/When.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { ReleaseState, whatIsIn } from "../../modules/publish/AppState.tsx";
import { nameOf } from "../../modules/publish/apps.ts";
import { ReleaseProgress } from "../../modules/publish/ReleaseProgress.tsx";
import { ReleaseLink } from "../../modules/publish/ReleaseTable.tsx";
import { TroubleMap } from "../../modules/publish/TroubleMap.tsx";
import styles from "./Apps.module.css";
import { useApp } from "./app.tsx";

export default function Overview() {
  const text = useText();
  const format = useFormat();
  const app = useApp();
  const { latest } = app;
  const facts: readonly Fact[] = [
    {
      label: text.apps.release,
      value: app.release === null ? text.common.none : <ReleaseLink app={app} number={app.release} />,
    },
    { label: text.apps.published, value: latest ? <When time={latest.created_at} /> : text.common.never },
    {
      label: text.apps.from,
      value: (
        <Link to="/projects/$ref/publish" params={{ ref: app.source }}>
          {app.source}
        </Link>
      ),
    },
    {
      label: text.apps.production,
      value: app.database ? (
        <Link to="/projects/$ref/time" params={{ ref: app.database }}>
          {app.database}
        </Link>
      ) : (
        text.common.none
      ),
    },
    {
      label: text.apps.memory,
      value: app.scale.memory_mb === null ? text.apps.asReleased : format.bytes(app.scale.memory_mb * 1e6),
    },
    { label: text.apps.created, value: <When time={app.created_at} /> },
    ...(app.expires_at ? [{ label: text.apps.expires, value: <When time={app.expires_at} /> }] : []),
  ];
  return (
    <>
      <Facts facts={facts} />
      {latest && !latest.serves && (
        <Section
          title={text.apps.latest(latest.number)}
          about={
            <span className={styles.about}>
              <ReleaseState release={latest} /> {whatIsIn(text, latest)} · {nameOf(latest.who)}
            </span>
          }
        >
          {latest.phase !== "live" && <ReleaseProgress app={app.name} number={latest.number} />}
        </Section>
      )}
      {app.status === "failing" && (
        <Section title={text.why.title} about={text.why.about}>
          <TroubleMap app={app.name} />
        </Section>
      )}
      <CommandLine command={commandOf("app.show", { app: app.name })} />
    </>
  );
}
