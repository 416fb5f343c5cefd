/** All that is known of an alert that stands: its facts, where to look on, and what was told of it. */
import { Link } from "@tanstack/react-router";
import { useMay } from "../../../api/session.ts";
import { Facts } from "../../../components/Facts.tsx";
import { Icon } from "../../../components/Icon.tsx";
import { When } from "../../../components/When.tsx";
import { useText } from "../../../i18n/text.tsx";
import { type Alert, personOf } from "../../../modules/alerts/alerts.ts";
import { useMeasured } from "../../../modules/alerts/measured.ts";
import { nameOf } from "../../../modules/monitoring/health.ts";
import { logsOf } from "../../../modules/monitoring/logsOf.ts";
import styles from "./Alerts.module.css";
import { OfOne } from "./ToldTable.tsx";

const LEAD_MS = 60 * 60_000;

export function AlertDetails({ alert }: { alert: Alert }) {
  const text = useText();
  const may = useMay();
  const measured = useMeasured();
  const log = logsOf(alert.kind, alert.label);
  const { facts } = text.alerts;
  const bound = text.alerts.rules[alert.above ? "above" : "below"](measured(alert.bound, alert.unit));
  return (
    <div className={styles.details}>
      <Facts
        facts={[
          { label: facts.value, value: measured(alert.value, alert.unit) },
          { label: facts.bound, value: bound },
          { label: facts.began, value: <When time={alert.since} /> },
          { label: facts.fired, value: alert.fired_at ? <When time={alert.fired_at} /> : facts.notYet },
          { label: facts.about, value: nameOf(alert, text) },
          { label: facts.seen, value: alert.acknowledged_by ? personOf(alert.acknowledged_by) : facts.nobody },
        ]}
      />
      <ul className={styles.ways}>
        <li>
          <Link
            to="/monitoring/dashboards"
            search={{ kind: alert.kind, label: alert.label, since: before(alert.since) }}
          >
            <Icon name="monitoring" /> {text.alerts.chart}
          </Link>
        </li>
        <li>
          <Link to="/monitoring/logs" search={{ ...(log ? { of: log } : {}), since: before(alert.since) }}>
            <Icon name="terminal" /> {text.alerts.logs}
          </Link>
        </li>
        <li>
          <Link to="/monitoring/runbook/$rule" params={{ rule: alert.rule }}>
            <Icon name="knowledge" /> {text.alerts.whatToDo}
          </Link>
        </li>
        {may("admin") && (
          <li>
            <Link to="/monitoring/alerts/rules" search={{ rule: alert.rule }}>
              <Icon name="settings" /> {text.alerts.rule} <code>{alert.rule}</code>
            </Link>
          </li>
        )}
      </ul>
      <OfOne rule={alert.rule} label={alert.label} />
    </div>
  );
}

/** What led to it is seen, too. */
function before(time: string): string {
  return new Date(new Date(time).getTime() - LEAD_MS).toISOString();
}
