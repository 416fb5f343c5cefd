/** One alert: what it is about, how it stands, and what to do; open, all that is known of it. */
import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useFollow } from "../../../api/hooks.ts";
import { useMay } from "../../../api/session.ts";
import { Button } from "../../../components/Button.tsx";
import { ErrorState } from "../../../components/ErrorState.tsx";
import { Icon } from "../../../components/Icon.tsx";
import { Badge, Status } from "../../../components/Status.tsx";
import { useToasts } from "../../../components/Toasts.tsx";
import { When } from "../../../components/When.tsx";
import { useText } from "../../../i18n/text.tsx";
import { type Alert, personOf, TONES, titleOf } from "../../../modules/alerts/alerts.ts";
import { useMeasured } from "../../../modules/alerts/measured.ts";
import { AlertDetails } from "./AlertDetails.tsx";
import styles from "./Alerts.module.css";
import { SilenceDialog } from "./SilenceDialog.tsx";

export function AlertRow({ alert, open }: { alert: Alert; open: boolean }) {
  const text = useText();
  const measured = useMeasured();
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (open) row.current?.scrollIntoView({ block: "nearest" });
  }, [open]);
  const title = titleOf(alert, text);
  const bound = text.alerts.expected[alert.above ? "above" : "below"](measured(alert.bound, alert.unit));
  return (
    <li ref={row} className={styles.alert} data-level={alert.stage === "firing" ? alert.level : "pending"}>
      <div className={styles.head}>
        <div className={styles.what}>
          <p className={styles.title}>
            <Status tone={TONES[alert.level]}>{text.monitoring.levels[alert.level]}</Status>
            <Link
              to="/monitoring/alerts"
              search={open ? {} : { kind: alert.kind, label: alert.label, rule: alert.rule }}
              className={styles.open}
              aria-expanded={open}
              aria-label={text.alerts.open(title)}
            >
              {title}
              <Icon name={open ? "up" : "down"} />
            </Link>
            {alert.label && <code>{alert.label}</code>}
          </p>
          <p className={styles.soft}>
            {text.alerts.isNow} <strong>{measured(alert.value, alert.unit)}</strong>, {bound} · {text.alerts.since}{" "}
            <When time={alert.since} />
          </p>
        </div>
        <Doing alert={alert} title={title} />
      </div>
      {open && <AlertDetails alert={alert} />}
    </li>
  );
}

function Doing({ alert, title }: { alert: Alert; title: string }) {
  const text = useText();
  const may = useMay();
  const toasts = useToasts();
  const acknowledging = useFollow("alert.acknowledge");
  const [silencing, setSilencing] = useState(false);
  const acknowledge = async () => {
    const done = await acknowledging.start({ rule: alert.rule, label: alert.label });
    if (done) toasts.show({ message: text.alerts.acknowledged });
  };
  return (
    <div className={styles.doing}>
      {alert.acknowledged_by && <Badge tone="good">{text.alerts.seenTo(personOf(alert.acknowledged_by))}</Badge>}
      {alert.silenced && <Badge>{text.alerts.silenced}</Badge>}
      {may("user") && alert.stage === "firing" && !alert.acknowledged_by && (
        <Button
          size="small"
          icon="check"
          title={text.alerts.acknowledgeHint}
          busy={acknowledging.running}
          onClick={() => void acknowledge()}
        >
          {text.alerts.acknowledge}
        </Button>
      )}
      {may("admin") && !alert.silenced && (
        <Button size="small" icon="moon" onClick={() => setSilencing(true)}>
          {text.alerts.silence}
        </Button>
      )}
      {acknowledging.error && <ErrorState error={acknowledging.error} inline />}
      {silencing && (
        <SilenceDialog rule={alert.rule} label={alert.label} title={title} onClose={() => setSilencing(false)} />
      )}
    </div>
  );
}
