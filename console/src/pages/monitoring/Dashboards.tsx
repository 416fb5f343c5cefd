/** Charts of everything that is measured, over one time that all of them share; all that is chosen stands in the address. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useOperation } from "../../api/hooks.ts";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Page } from "../../components/Page.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { useText } from "../../i18n/text.tsx";
import { logsOf } from "../../modules/monitoring/logsOf.ts";
import { rangeOf } from "../../modules/monitoring/range.ts";
import { Charts } from "./Charts.tsx";
import styles from "./Dashboards.module.css";
import { MonitoringTabs } from "./MonitoringTabs.tsx";
import type { Seen } from "./seen.ts";
import { TimeBar } from "./TimeBar.tsx";
import { MOST_SUBJECTS, What } from "./What.tsx";

export default function Dashboards() {
  const text = useText();
  const navigate = useNavigate();
  const search = useSearch({ from: "/signed-in/monitoring/dashboards" });
  const now = useOperation("monitoring.now", {}, { refetchInterval: 60_000 });
  const kinds = useOperation("monitoring.kinds", {}, { costly: true });
  const change = (to: Seen) => void navigate({ to: "/monitoring/dashboards", search: { ...search, ...to } });
  const subjects = now.data ?? [];
  const kind = search.kind ?? subjects.find((one) => one.kind === "host")?.kind ?? subjects[0]?.kind ?? "host";
  const there = subjects.filter((one) => one.kind === kind);
  const labels = chosen(
    search.label,
    there.map(({ label }) => label),
  );
  const measures = kinds.data?.find(({ name }) => name === kind)?.measures.map(({ name }) => name) ?? [];
  const error = (!now.data && now.error) || (!kinds.data && kinds.error);
  return (
    <Page title={text.monitoring.title} about={text.monitoring.hint} wide>
      <MonitoringTabs />
      {error ? (
        <ErrorState error={error} onRetry={() => void (now.error ? now : kinds).refetch()} />
      ) : !now.data || !kinds.data ? (
        <Skeleton />
      ) : subjects.length === 0 ? (
        <EmptyState icon="monitoring" title={text.monitoring.nothing}>
          {text.monitoring.nothingAbout}
        </EmptyState>
      ) : (
        <>
          <div className={styles.bar}>
            <What kind={kind} labels={labels} subjects={subjects} onChange={change} />
            <TimeBar
              range={rangeOf(search)}
              compare={search.compare === "week"}
              logsOf={labels.length === 1 ? logsOf(kind, labels[0] ?? "") : null}
              onRange={({ since, until }) => change({ since, until })}
              onCompare={(on) => change({ compare: on ? "week" : undefined })}
            />
          </div>
          {labels.length === 0 ? (
            <EmptyState icon="monitoring" title={text.monitoring.noNumbers}>
              {text.monitoring.noNumbersAbout}
            </EmptyState>
          ) : (
            <Charts
              kind={kind}
              labels={labels}
              measures={measures}
              range={rangeOf(search)}
              compare={search.compare === "week"}
              onRange={({ since, until }) => change({ since, until })}
            />
          )}
        </>
      )}
    </Page>
  );
}

/** Those named in the address, else the first that there is. */
function chosen(said: string | undefined, there: readonly string[]): string[] {
  if (said !== undefined) return said.split(",").slice(0, MOST_SUBJECTS);
  return there.slice(0, 1);
}
