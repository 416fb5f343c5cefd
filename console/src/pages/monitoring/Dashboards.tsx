/** Charts of everything that is measured, over one time that all of them share; all that is chosen stands in the address. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useMemo } from "react";
import { useOperation } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { CommandLine } from "../../components/CommandLine.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Page } from "../../components/Page.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import type { Text } from "../../i18n/en.ts";
import { useFormat, useText } from "../../i18n/text.tsx";
import type { Drawn } from "../../modules/monitoring/MetricChart.tsx";
import { type Mark, marksOf } from "../../modules/monitoring/marks.ts";
import { type Line, measuresOf, oneLineEach, type Panel, panelsOf } from "../../modules/monitoring/panels.ts";
import {
  between,
  isLive,
  type Range,
  rangeOf,
  type Span,
  spanOf,
  WEEK_MS,
  weekBefore,
} from "../../modules/monitoring/range.ts";
import { later, type Points, together } from "../../modules/monitoring/rows.ts";
import { shownRate, shownValue, type Unit } from "../../modules/monitoring/units.ts";
import { useNow } from "../../modules/monitoring/useNow.ts";
import { EVERY_MS, type Found, type Kind, placeOf, useSeries } from "../../modules/monitoring/useSeries.ts";
import styles from "./Dashboards.module.css";
import { Marks } from "./Marks.tsx";
import { MonitoringTabs } from "./MonitoringTabs.tsx";
import { TimeBar } from "./TimeBar.tsx";
import { MOST_SUBJECTS, What } from "./What.tsx";

const MetricChart = lazy(() => import("../../modules/monitoring/MetricChart.tsx"));

/** What stands in the address. `label` names several by commas. */
export interface Seen {
  kind?: string | undefined;
  label?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
  compare?: "week" | undefined;
}

export default function Dashboards() {
  const text = useText();
  const navigate = useNavigate();
  const search = useSearch({ from: "/signed-in/monitoring/dashboards" });
  const now = useOperation("monitoring.now", {}, { refetchInterval: 60_000 });
  const change = (to: Seen) => void navigate({ to: "/monitoring/dashboards", search: { ...search, ...to } });
  const subjects = now.data ?? [];
  const kind = search.kind ?? subjects.find((one) => one.kind === "host")?.kind ?? subjects[0]?.kind ?? "host";
  const there = subjects.filter((one) => one.kind === kind);
  const labels = chosen(
    search.label,
    there.map(({ label }) => label),
  );
  return (
    <Page title={text.monitoring.title} about={text.monitoring.hint} wide>
      <MonitoringTabs />
      {now.error && !now.data ? (
        <ErrorState error={now.error} onRetry={() => void now.refetch()} />
      ) : !now.data ? (
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
              onRange={({ since, until }) => change({ since, until })}
              onCompare={(on) => change({ compare: on ? "week" : undefined })}
            />
          </div>
          <Charts
            kind={kind}
            labels={labels}
            measures={Object.keys(there[0]?.numbers ?? {})}
            range={rangeOf(search)}
            compare={search.compare === "week"}
            onRange={({ since, until }) => change({ since, until })}
          />
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

interface ChartsProps {
  readonly kind: string;
  readonly labels: readonly string[];
  readonly measures: readonly string[];
  readonly range: Range;
  readonly compare: boolean;
  readonly onRange: (range: Range) => void;
}

function Charts({ kind, labels, measures, range, compare, onRange }: ChartsProps) {
  const text = useText();
  const listed = panelsOf(kind, measures);
  const panels = labels.length > 1 ? oneLineEach(listed) : listed;
  const asked = measuresOf(panels);
  const now = useNow(EVERY_MS);
  const series = useSeries(kind, labels, asked, range);
  const before = useSeries(kind, labels, asked, compare ? weekBefore(range) : null);
  const happened = useOperation(
    "monitoring.marks",
    { since: range.since, ...(range.until === undefined ? {} : { until: range.until }) },
    { refetchInterval: isLive(range) ? EVERY_MS : false, costly: true },
  ).data;
  const marks = useMemo(() => marksOf(happened ?? [], kind, labels, text), [happened, kind, labels, text]);
  const span = spanOf(range, now);
  if (series.error && series.found.size === 0) return <ErrorState error={series.error} onRetry={series.retry} />;
  if (series.loading) return <Skeleton lines={8} />;
  if ([...series.found.values()].every(({ times }) => times.length === 0))
    return (
      <EmptyState icon="monitoring" title={text.monitoring.noNumbers}>
        {text.monitoring.noNumbersAbout}
      </EmptyState>
    );
  return (
    <>
      <Suspense fallback={<Skeleton lines={8} />}>
        <div className={styles.charts}>
          {panels.map((panel) => (
            <Chart
              key={panel.key}
              panel={panel}
              labels={labels}
              found={series.found}
              before={compare ? before.found : null}
              span={span}
              marks={marks}
              onSelect={(from, to) => onRange(between(from, to, Date.now()))}
            />
          ))}
        </div>
      </Suspense>
      <Marks marks={marks} />
      <CommandLine
        command={commandOf("monitoring.chart", {
          kind: kind as Kind,
          measure: asked.slice(0, 1),
          label: [...labels],
          since: range.since,
          ...(range.until ? { until: range.until } : {}),
        })}
      />
    </>
  );
}

interface ChartProps {
  readonly panel: Panel;
  readonly labels: readonly string[];
  readonly found: Found;
  readonly before: Found | null;
  readonly span: Span;
  readonly marks: readonly Mark[];
  readonly onSelect: (from: number, to: number) => void;
}

function Chart({ panel, labels, found, before, span, marks, onSelect }: ChartProps) {
  const text = useText();
  const format = useFormat();
  const lines = useMemo(
    () =>
      labels.flatMap((label) =>
        panel.lines.flatMap((line) => drawn(label, line, labels.length > 1, found, before, text)),
      ),
    [panel, labels, found, before, text],
  );
  const first = found.get(placeOf(labels[0] ?? "", panel.lines[0]?.measures[0] ?? ""));
  if (!first || lines.length === 0) return null;
  const unit: Unit = panel.unit ?? first.unit;
  const rate = panel.unit === undefined && first.rate;
  return (
    <MetricChart
      title={titleOf(panel, text)}
      about={panel.lines.length === 1 ? first.help : undefined}
      lines={lines}
      span={span}
      marks={marks}
      top={panel.top}
      told={(value) => (rate ? shownRate(value, unit, format, text) : shownValue(value, unit, format))}
      onSelect={onSelect}
    />
  );
}

/** A line of one subject, if all that it is made of was measured. */
function drawn(label: string, line: Line, several: boolean, found: Found, before: Found | null, text: Text): Drawn[] {
  const points = pointsOf(label, line, found);
  if (!points) return [];
  const earlier = before && pointsOf(label, line, before);
  return [
    {
      key: `${label}/${line.key}`,
      name: several ? label : (text.monitoring.lines[line.key] ?? line.key.replaceAll("_", " ")),
      points,
      before: earlier ? later(earlier, WEEK_MS) : undefined,
    },
  ];
}

function pointsOf(label: string, { measures, of }: Line, found: Found): Points | null {
  const series = measures.flatMap((measure) => found.get(placeOf(label, measure)) ?? []);
  if (series.length < measures.length || !series[0]) return null;
  return of ? together(series, of) : series[0];
}

function titleOf(panel: Panel, text: Text): string {
  const [key = "", line] = panel.key.split(" ");
  const title = text.monitoring.panels[key] ?? key.replaceAll("_", " ");
  return line ? `${title}: ${text.monitoring.lines[line] ?? line.replaceAll("_", " ")}` : title;
}
