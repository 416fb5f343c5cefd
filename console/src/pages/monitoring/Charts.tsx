/** The charts of a dashboard, over one time: what was measured, compared if that is wanted, and what happened meanwhile. */
import { lazy, Suspense, useMemo } from "react";
import { useOperation } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { CommandLine } from "../../components/CommandLine.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import type { Text } from "../../i18n/en.ts";
import { useFormat, useText } from "../../i18n/text.tsx";
import type { Drawn } from "../../modules/monitoring/MetricChart.tsx";
import { marksOf } from "../../modules/monitoring/marks.ts";
import { type Line, measuresOf, oneLineEach, type Panel, panelsOf } from "../../modules/monitoring/panels.ts";
import { between, isLive, type Range, spanOf, WEEK_MS, weekBefore } from "../../modules/monitoring/range.ts";
import { later } from "../../modules/monitoring/rows.ts";
import { shownRate, shownValue, type Unit } from "../../modules/monitoring/units.ts";
import { useNow } from "../../modules/monitoring/useNow.ts";
import { EVERY_MS, type Found, type Kind, placeOf, pointsOf, useSeries } from "../../modules/monitoring/useSeries.ts";
import { useEvery, useWatch } from "../../modules/monitoring/useWatch.ts";
import styles from "./Dashboards.module.css";
import { Marks } from "./Marks.tsx";

const MetricChart = lazy(() => import("../../modules/monitoring/MetricChart.tsx"));

interface Props {
  readonly kind: string;
  readonly labels: readonly string[];
  readonly measures: readonly string[];
  readonly range: Range;
  readonly compare: boolean;
  readonly onRange: (range: Range) => void;
}

export function Charts({ kind, labels, measures, range, compare, onRange }: Props) {
  const text = useText();
  const format = useFormat();
  const panels = useMemo(() => {
    const listed = panelsOf(kind, measures);
    return labels.length > 1 ? oneLineEach(listed) : listed;
  }, [kind, measures, labels]);
  const asked = measuresOf(panels.flatMap(({ lines }) => lines));
  const now = useNow(EVERY_MS);
  const every = useEvery();
  useWatch(isLive(range) ? { part: ["marks"], subject: labels.map((label) => `${kind} ${label}`.trim()) } : null);
  const series = useSeries(kind, labels, asked, range);
  const before = useSeries(kind, labels, asked, compare ? weekBefore(range) : null);
  const { data: happened } = useOperation(
    "monitoring.marks",
    { since: range.since, ...(range.until === undefined ? {} : { until: range.until }) },
    { refetchInterval: isLive(range) ? every : false, costly: true },
  );
  const marks = useMemo(() => marksOf(happened ?? [], kind, labels, text), [happened, kind, labels, text]);
  const earlier = compare ? before.found : null;
  const charts = useMemo(
    () =>
      panels.map((panel) => ({
        panel,
        lines: panel.lines.flatMap((line) =>
          labels.flatMap((label) => drawn(label, line, labels, series.found, earlier, text)),
        ),
      })),
    [panels, labels, series.found, earlier, text],
  );
  const known = charts.filter(({ lines }) => lines.some(({ points }) => points.mean.some((number) => number !== null)));
  const unknown = charts.filter((chart) => !known.includes(chart));
  if (series.error && series.found.size === 0) return <ErrorState error={series.error} onRetry={series.retry} />;
  if (series.loading) return <Skeleton lines={8} />;
  if (known.length === 0)
    return (
      <EmptyState icon="monitoring" title={text.monitoring.noNumbers}>
        {text.monitoring.noNumbersAbout}
      </EmptyState>
    );
  const span = spanOf(range, now);
  return (
    <>
      <Suspense fallback={<Skeleton lines={8} />}>
        <div className={styles.charts}>
          {known.map(({ panel, lines }) => {
            const told = unitOf(panel, labels, series.found);
            return (
              <MetricChart
                key={panel.key}
                title={titleOf(panel, text)}
                lines={lines}
                span={span}
                marks={marks}
                top={panel.top}
                inSeconds={told.unit === "seconds" && !told.rate}
                told={(value) =>
                  told.rate ? shownRate(value, told.unit, format, text) : shownValue(value, told.unit, format)
                }
                onSelect={(from, to) => onRange(between(from, to, Date.now()))}
              />
            );
          })}
        </div>
      </Suspense>
      {unknown.length > 0 && (
        <p className={styles.soft}>
          {text.monitoring.unknown(format.list(unknown.map(({ panel }) => titleOf(panel, text))))}
        </p>
      )}
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

/** A line of one subject, if all that it is made of was measured. */
function drawn(
  label: string,
  line: Line,
  labels: readonly string[],
  found: Found,
  before: Found | null,
  text: Text,
): Drawn[] {
  const points = pointsOf(found, label, line);
  if (!points) return [];
  const earlier = before && pointsOf(before, label, line);
  return [
    {
      key: `${label}/${line.key}`,
      name: labels.length > 1 ? label : lineName(line.key, text),
      points,
      before: earlier ? later(earlier, WEEK_MS) : undefined,
    },
  ];
}

/** The unit of a chart's numbers: its own, else that of its first measure. */
function unitOf(panel: Panel, labels: readonly string[], found: Found): { unit: Unit; rate: boolean } {
  const measure = panel.lines[0]?.measures[0] ?? "";
  const first = labels.map((label) => found.get(placeOf(label, measure))).find((series) => series !== undefined);
  return { unit: panel.unit ?? first?.unit ?? "", rate: panel.unit === undefined && (first?.rate ?? false) };
}

function titleOf(panel: Panel, text: Text): string {
  const [key = "", line] = panel.key.split(" ");
  const title = text.monitoring.panels[key] ?? key.replaceAll("_", " ");
  return line ? `${title}: ${lineName(line, text)}` : title;
}

function lineName(key: string, text: Text): string {
  return text.monitoring.lines[key] ?? key.replaceAll("_", " ");
}
