/** What a rule means, how to look, and what to do. Messages about an alert link here. */
import { Link, useParams } from "@tanstack/react-router";
import { useOperation } from "../../../api/hooks.ts";
import { commandOf } from "../../../api/requests.ts";
import { CommandLine } from "../../../components/CommandLine.tsx";
import { Copyable } from "../../../components/Copyable.tsx";
import { ErrorState } from "../../../components/ErrorState.tsx";
import { Page } from "../../../components/Page.tsx";
import { Skeleton } from "../../../components/Skeleton.tsx";
import { useText } from "../../../i18n/text.tsx";
import { partsOf } from "../../../modules/alerts/runbook.ts";
import { MonitoringTabs } from "../MonitoringTabs.tsx";
import styles from "./Runbook.module.css";

export default function Runbook() {
  const text = useText();
  const { rule } = useParams({ from: "/signed-in/monitoring/runbook/$rule" });
  const { data, error, refetch } = useOperation("alert.runbook", { rule });
  return (
    <Page title={text.monitoring.rules[rule] ?? rule} about={text.alerts.runbook.about}>
      <MonitoringTabs />
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton />
      ) : (
        <article className={styles.text} lang="en">
          {partsOf(data.text).map((part, place) =>
            "commands" in part ? (
              part.commands.map((command) => (
                <Copyable key={command} value={command} label={text.alerts.runbook.command} prompt />
              ))
            ) : (
              // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text have no other name
              <p key={place}>
                {part.pieces.map((piece, at) =>
                  // biome-ignore lint/suspicious/noArrayIndexKey: as above
                  piece.code ? <code key={at}>{piece.text}</code> : piece.text,
                )}
              </p>
            ),
          )}
        </article>
      )}
      <p>
        <Link to="/monitoring/alerts" search={{ rule }}>
          {text.alerts.runbook.toAlerts}
        </Link>
      </p>
      <CommandLine command={commandOf("alert.runbook", { rule })} />
    </Page>
  );
}
