/** How everything is on one screen: one light for all with the reason in words, then every subject with its numbers. */
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useOperation } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { useMay } from "../../api/session.ts";
import { CommandLine } from "../../components/CommandLine.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Icon } from "../../components/Icon.tsx";
import { Page, Section } from "../../components/Page.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Status } from "../../components/Status.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { When } from "../../components/When.tsx";
import { Words } from "../../components/Words.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import {
  branchesTogether,
  byKind,
  type Health,
  LEVEL_TONES,
  LIGHTS,
  nameOf,
  type SubjectHealth,
  sentenceOf,
  TONES,
} from "../../modules/monitoring/health.ts";
import { SPARKS } from "../../modules/monitoring/panels.ts";
import { shownValue } from "../../modules/monitoring/units.ts";
import { EVERY_MS } from "../../modules/monitoring/useSeries.ts";
import { useFollowing, useWatch } from "../../modules/monitoring/useWatch.ts";
import { nameOf as personOf } from "../../modules/publish/apps.ts";
import { MonitoringTabs } from "./MonitoringTabs.tsx";
import styles from "./Overview.module.css";
import { SubjectCard } from "./SubjectCard.tsx";

const SOON_MS = 1_500;
const FIRST = ["host", "daemon", "gateway", "jobs", "cluster", "app"];

export default function Overview() {
  const text = useText();
  const [every, setEvery] = useState(SOON_MS);
  const may = useMay();
  const following = useFollowing();
  useWatch({ part: ["health"], subject: may("admin") ? Object.keys(SPARKS) : [] });
  const { data, error, refetch } = useOperation(
    "monitoring.health",
    {},
    { refetchInterval: following === "live" ? false : every, costly: true },
  );
  // Whoever comes to look has everything looked at anew: what is shown first is what was known before.
  const known = data?.looked_at && Date.now() - Date.parse(data.looked_at) < 2 * EVERY_MS;
  useEffect(() => setEvery(known ? EVERY_MS : SOON_MS), [known]);
  return (
    <Page title={text.monitoring.title} about={text.monitoring.about}>
      <MonitoringTabs />
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton />
      ) : data.subjects.length === 0 ? (
        <EmptyState icon="monitoring" title={text.monitoring.nothing}>
          {text.monitoring.nothingAbout}
        </EmptyState>
      ) : (
        <Whole health={data} />
      )}
      <CommandLine command={commandOf("monitoring.health", {})} />
    </Page>
  );
}

function Whole({ health }: { health: Health }) {
  const text = useText();
  const groups = byKind(
    branchesTogether(health.subjects).filter(({ figures }) => figures.length > 0),
    FIRST,
  );
  const singles = groups.filter(([, subjects]) => subjects.every(({ label }) => label === ""));
  return (
    <>
      <Banner health={health} />
      <Matters health={health} />
      <Troubles health={health} />
      <div className={styles.cards}>
        {singles.flatMap(([, subjects]) => subjects.map((one) => <SubjectCard key={one.kind} subject={one} />))}
      </div>
      {groups
        .filter((group) => !singles.includes(group))
        .map(([kind, subjects]) => (
          <Section key={kind} title={text.monitoring.kinds[kind]?.many ?? kind}>
            <Subjects kind={kind} subjects={subjects} />
          </Section>
        ))}
    </>
  );
}

function Banner({ health }: { health: Health }) {
  const text = useText();
  const counts = LIGHTS.map((light) => [light, health.subjects.filter((one) => one.light === light).length] as const);
  return (
    <section className={styles.banner} data-light={health.light} aria-label={text.monitoring.status}>
      <p className={styles.sentence} role="status">
        <Status tone={TONES[health.light]}>{sentenceOf(health, text)}</Status>
      </p>
      <ul className={styles.counts}>
        {counts
          .filter(([, count]) => count > 0)
          .map(([light, count]) => (
            <li key={light}>
              <Status tone={TONES[light]}>{text.monitoring.count(count, text.monitoring.lights[light])}</Status>
            </li>
          ))}
      </ul>
      {health.looked_at && (
        <p className={styles.soft}>
          {text.monitoring.lookedAt} <When time={health.looked_at} />
        </p>
      )}
    </section>
  );
}

function Matters({ health }: { health: Health }) {
  const text = useText();
  // What would be good to know if it went on is no news yet; the alert centre has it.
  const alerts = health.subjects
    .flatMap((subject) => subject.alerts)
    .filter(({ level, stage }) => level !== "info" || stage !== "pending");
  if (alerts.length === 0) return null;
  return (
    <Section title={health.light === "good" ? text.monitoring.toKnow : text.monitoring.firing}>
      <ul className={styles.matters}>
        {alerts.map((alert) => (
          <li key={`${alert.rule} ${alert.label}`}>
            <Status tone={LEVEL_TONES[alert.level]}>{text.monitoring.levels[alert.level]}</Status>
            <span className={styles.grow}>
              <Link to="/monitoring/alerts" search={{ rule: alert.rule, kind: alert.kind, label: alert.label }}>
                {text.monitoring.rules[alert.rule] ?? alert.title}
              </Link>
              {alert.label && <code> {alert.label}</code>}
            </span>
            <span className={styles.soft}>
              {text.monitoring.since} <When time={alert.since} />
              {alert.stage === "pending" && ` · ${text.monitoring.notForLong}`}
              {alert.acknowledged_by && ` · ${text.monitoring.seenTo(personOf(alert.acknowledged_by))}`}
              {alert.silenced && ` · ${text.monitoring.silenced}`}
            </span>
            <Link
              to="/monitoring/dashboards"
              search={{ kind: alert.kind, ...(alert.label ? { label: alert.label } : {}) }}
            >
              {text.monitoring.toCharts}
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Troubles({ health }: { health: Health }) {
  const text = useText();
  if (health.troubles.length === 0) return null;
  return (
    <ul className={styles.troubles} aria-label={text.monitoring.troubles}>
      {health.troubles.map((trouble) => (
        <li key={trouble.message}>
          <Icon name="info" />
          <p>{text.monitoring.troubleOf[trouble.code] ?? <Words>{`${trouble.message} ${trouble.hint}`}</Words>}</p>
          {trouble.code.includes("channel") && (
            <Link to="/monitoring/alerts/channels">{text.monitoring.toChannels}</Link>
          )}
        </li>
      ))}
    </ul>
  );
}

/** The name of a subject as the way to its charts. */
function ToCharts({ subject: { kind, label } }: { subject: SubjectHealth }) {
  const text = useText();
  const name = nameOf({ kind, label }, text);
  return (
    <Link to="/monitoring/dashboards" search={{ kind, label }} title={text.monitoring.chartsOf(name)}>
      {name}
    </Link>
  );
}

function Subjects({ kind, subjects }: { kind: string; subjects: readonly SubjectHealth[] }) {
  const text = useText();
  const format = useFormat();
  const names = subjects[0]?.figures.map(({ name }) => name) ?? [];
  const columns: readonly Column<SubjectHealth>[] = [
    { key: "name", head: text.monitoring.name, grow: true, cell: (one) => <ToCharts subject={one} /> },
    {
      key: "light",
      head: text.monitoring.status,
      cell: (one) => <Status tone={TONES[one.light]}>{text.monitoring.lights[one.light]}</Status>,
    },
    ...names.map(
      (name, at): Column<SubjectHealth> => ({
        key: name,
        head: text.monitoring.figures[name] ?? name,
        align: "end",
        secondary: at > 0,
        cell: ({ figures }) => shownValue(figures[at]?.value, figures[at]?.unit ?? "", format),
      }),
    ),
  ];
  return (
    <Table
      label={text.monitoring.kinds[kind]?.many ?? kind}
      columns={columns}
      rows={subjects}
      keyOf={({ label }) => label}
    />
  );
}
