/** What was told, the newest first, and what became of the message. */
import { Link } from "@tanstack/react-router";
import { useOperation } from "../../../api/hooks.ts";
import { Status, type Tone } from "../../../components/Status.tsx";
import { type Column, Table } from "../../../components/Table.tsx";
import { useFormat, useText } from "../../../i18n/text.tsx";
import { TONES, type Told, titleOf } from "../../../modules/alerts/alerts.ts";
import { useMeasured } from "../../../modules/alerts/measured.ts";
import styles from "./Alerts.module.css";

export const FEW = 8;

const STATE_TONES: Readonly<Record<string, Tone>> = { sent: "good", waiting: "wait", failed: "bad" };

/** Of one alert, the latest of it. */
export function OfOne({ rule, label }: { rule: string; label: string }) {
  const text = useText();
  const { data } = useOperation("alert.history", { rule, label, limit: FEW });
  if (!data?.length) return null;
  return (
    <section className={styles.stack} aria-label={text.alerts.what}>
      <h3>{text.alerts.what}</h3>
      <ToldTable told={data} />
    </section>
  );
}

/** `named`: with what each is about. */
export function ToldTable({ told, named = false }: { told: readonly Told[]; named?: boolean }) {
  const text = useText();
  const format = useFormat();
  const measured = useMeasured();
  const { history } = text.alerts;
  const about: Column<Told> = {
    key: "about",
    head: history.about,
    grow: true,
    cell: (one) => (
      <Link to="/monitoring/alerts" search={{ kind: one.kind, label: one.label, rule: one.rule }}>
        {titleOf(one, text)} {one.label && <code>{one.label}</code>}
      </Link>
    ),
  };
  const columns: readonly Column<Told>[] = [
    {
      key: "time",
      head: history.time,
      cell: (one) => (
        <time dateTime={one.time} className={styles.time}>
          {format.dateTime(one.time)}
        </time>
      ),
    },
    {
      key: "news",
      head: history.news,
      cell: (one) => (
        <Status tone={one.news === "resolved" ? "good" : TONES[one.level]}>{history.of[one.news] ?? one.news}</Status>
      ),
    },
    ...(named ? [about] : []),
    {
      key: "value",
      head: history.value,
      align: "end",
      secondary: named,
      cell: (one) => measured(one.value, one.unit),
    },
    {
      key: "told",
      head: history.told,
      grow: !named,
      secondary: named,
      cell: (one) => (
        <span title={one.error || undefined} className={styles.told}>
          <Status tone={STATE_TONES[one.state] ?? "still"}>{history.states[one.state] ?? one.state}</Status>
          {one.error && <span className={styles.because}>{one.error}</span>}
        </span>
      ),
    },
  ];
  return (
    <Table
      label={named ? text.alerts.views.history : text.alerts.what}
      columns={columns}
      rows={told}
      keyOf={(one) => one.id}
    />
  );
}
