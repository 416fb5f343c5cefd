/** What was told in the last ninety days. */
import { Link, useSearch } from "@tanstack/react-router";
import { useLedger } from "../../../api/hooks.ts";
import { commandOf } from "../../../api/requests.ts";
import { CommandLine } from "../../../components/CommandLine.tsx";
import { EmptyState } from "../../../components/EmptyState.tsx";
import { ErrorState } from "../../../components/ErrorState.tsx";
import { Older } from "../../../components/Older.tsx";
import { Skeleton } from "../../../components/Skeleton.tsx";
import { Badge } from "../../../components/Status.tsx";
import { useText } from "../../../i18n/text.tsx";
import { AlertFrame } from "./AlertFrame.tsx";
import styles from "./Alerts.module.css";
import { ToldTable } from "./ToldTable.tsx";

export default function History() {
  const text = useText();
  const { rule, label } = useSearch({ from: "/signed-in/monitoring/alerts/history" });
  const only = { ...(rule === undefined ? {} : { rule }), ...(label === undefined ? {} : { label }) };
  const { rows, error, retry, older } = useLedger("alert.history", only, (row) => row.id);
  const { history } = text.alerts;
  return (
    <AlertFrame>
      {rule !== undefined && (
        <p className={styles.only}>
          <Badge>{history.only(text.monitoring.rules[rule] ?? rule)}</Badge>
          <Link to="/monitoring/alerts/history" search={{}}>
            {history.showAll}
          </Link>
        </p>
      )}
      {error && !rows ? (
        <ErrorState error={error} onRetry={retry} />
      ) : !rows ? (
        <Skeleton />
      ) : rows.length === 0 ? (
        <EmptyState icon="bell" title={history.empty}>
          {history.emptyAbout}
        </EmptyState>
      ) : (
        <ToldTable told={rows} named />
      )}
      <Older older={older} />
      <CommandLine command={commandOf("alert.history", only)} />
    </AlertFrame>
  );
}
