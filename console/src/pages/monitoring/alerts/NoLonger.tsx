/** An alert that a link leads to, and that does not stand any more: says so, with what was told of it. */
import { Link } from "@tanstack/react-router";
import { useOperation } from "../../../api/hooks.ts";
import { Status } from "../../../components/Status.tsx";
import { useText } from "../../../i18n/text.tsx";
import { titleOf } from "../../../modules/alerts/alerts.ts";
import styles from "./Alerts.module.css";
import { FEW, ToldTable } from "./ToldTable.tsx";

export function NoLonger({ rule, label }: { rule: string; label: string }) {
  const text = useText();
  const { data } = useOperation("alert.history", { rule, label, limit: FEW });
  if (!data) return null;
  const title = data[0] ? titleOf(data[0], text) : rule;
  return (
    <section className={styles.gone} aria-label={title}>
      <p className={styles.title}>
        <Status tone={data.length > 0 ? "good" : "still"}>{text.alerts.over.title}</Status>
        <strong>{title}</strong>
        {label && <code>{label}</code>}
      </p>
      <p className={styles.soft}>{data.length > 0 ? text.alerts.over.about : text.alerts.over.never}</p>
      {data.length > 0 && <ToldTable told={data} />}
      <Link to="/monitoring/alerts" search={{}}>
        {text.alerts.over.back}
      </Link>
    </section>
  );
}
