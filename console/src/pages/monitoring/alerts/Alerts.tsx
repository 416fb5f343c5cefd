/** What stands now, by how bad it is; one of them looked into, by its address. */
import { useSearch } from "@tanstack/react-router";
import { useOperation } from "../../../api/hooks.ts";
import { commandOf } from "../../../api/requests.ts";
import { useMay } from "../../../api/session.ts";
import { CommandLine } from "../../../components/CommandLine.tsx";
import { Copyable } from "../../../components/Copyable.tsx";
import { EmptyState } from "../../../components/EmptyState.tsx";
import { ErrorState } from "../../../components/ErrorState.tsx";
import { Icon } from "../../../components/Icon.tsx";
import { Section } from "../../../components/Page.tsx";
import { Skeleton } from "../../../components/Skeleton.tsx";
import { useText } from "../../../i18n/text.tsx";
import { type Alert, grouped } from "../../../modules/alerts/alerts.ts";
import { useEvery } from "../../../modules/monitoring/useWatch.ts";
import { AlertFrame } from "./AlertFrame.tsx";
import { AlertRow } from "./AlertRow.tsx";
import styles from "./Alerts.module.css";
import type { Asked } from "./asked.ts";
import { NoLonger } from "./NoLonger.tsx";
import { Silences } from "./Silences.tsx";
import { Unheard } from "./Unheard.tsx";

export default function Alerts() {
  const may = useMay();
  const asked = useSearch({ from: "/signed-in/monitoring/alerts" });
  const { data, error, refetch } = useOperation("alert.list", {}, { refetchInterval: useEvery() });
  return (
    <AlertFrame>
      {may("admin") && <Unheard />}
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton />
      ) : (
        <Standing alerts={data} asked={asked} />
      )}
      {may("admin") && <Silences />}
      <CommandLine command={commandOf("alert.list", {})} />
    </AlertFrame>
  );
}

function Standing({ alerts, asked }: { alerts: readonly Alert[]; asked: Asked }) {
  const text = useText();
  const isAsked = (one: Alert) => one.rule === asked.rule && one.label === (asked.label ?? "");
  const gone = asked.rule !== undefined && !alerts.some(isAsked);
  return (
    <>
      {gone && <NoLonger rule={asked.rule ?? ""} label={asked.label ?? ""} />}
      {alerts.length === 0
        ? !gone && <Quiet />
        : grouped(alerts).map(({ name, alerts: some }) => (
            <Section key={name} title={text.alerts.groups[name]}>
              <ul className={styles.alerts} aria-label={text.alerts.groups[name]}>
                {some.map((one) => (
                  <AlertRow key={`${one.rule} ${one.label}`} alert={one} open={isAsked(one)} />
                ))}
              </ul>
            </Section>
          ))}
    </>
  );
}

const EXAMPLE = {
  rule: "try-it",
  kind: "host",
  formula: "memory_available / memory_total",
  below: 1,
  hold: 0,
  level: "info",
} as const;

function Quiet() {
  const text = useText();
  const may = useMay();
  const rules = useOperation("alert.rule.list", {}, { enabled: may("admin") });
  const count = rules.data?.filter((rule) => rule.enabled).length;
  return (
    <EmptyState icon="check" title={text.alerts.none.title}>
      <p>{count === undefined ? text.alerts.none.short : text.alerts.none.about(count)}</p>
      {may("admin") && (
        <div className={styles.example}>
          <p>
            <Icon name="info" /> {text.alerts.none.example}
          </p>
          <Copyable value={commandOf("alert.rule.set", EXAMPLE)} label={text.alerts.rule} prompt />
        </div>
      )}
    </EmptyState>
  );
}
