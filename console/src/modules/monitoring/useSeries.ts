/** What was measured, for the charts of a dashboard: few questions for many measures, asked again as it goes on. */
import { keepPreviousData, useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { questionOf } from "../../api/hooks.ts";
import type { InputOf, OutputOf } from "../../api/operations.ts";
import type { Line } from "./panels.ts";
import { isLive, type Range } from "./range.ts";
import { type Points, together } from "./rows.ts";
import { useEvery } from "./useWatch.ts";

export type Series = OutputOf<"monitoring.chart">[number];
export type Kind = InputOf<"monitoring.chart">["kind"];
/** By label and measure. */
export type Found = ReadonlyMap<string, Series>;

const AT_ONCE = 20; // measures of one question
const POINTS = 320; // about two pixels each of a chart
export const EVERY_MS = 10_000; // as often as is looked while somebody watches

export const placeOf = (label: string, measure: string) => `${label}\n${measure}`;

export function useSeries(
  kind: string,
  labels: readonly string[],
  measures: readonly string[],
  range: Range | null,
  points = POINTS,
) {
  const live = range !== null && isLive(range);
  const every = useEvery();
  const answers = useQueries({
    queries: range
      ? chunks(measures).map((measure) => ({
          ...questionOf("monitoring.chart", {
            kind: kind as Kind,
            label: [...labels],
            measure,
            since: range.since,
            ...(range.until === undefined ? {} : { until: range.until }),
            points,
          }),
          refetchInterval: live ? every : (false as const),
          placeholderData: keepPreviousData,
          meta: { costly: true }, // events change nothing of it
        }))
      : [],
    combine: (results) => ({
      data: results.map(({ data }) => data),
      error: results.find(({ error }) => error)?.error ?? null,
      loading: results.some(({ isPending }) => isPending),
      at: Math.max(0, ...results.map(({ dataUpdatedAt }) => dataUpdatedAt)),
      retry: () => {
        for (const result of results) void result.refetch();
      },
    }),
  });
  const found: Found = useMemo(
    () =>
      new Map(
        answers.data.flatMap((some) => (some ?? []).map((one) => [placeOf(one.label, one.measure), one] as const)),
      ),
    [answers.data],
  );
  return { ...answers, found };
}

/** What was measured of a line of one subject; null where not all that it is made of is there. */
export function pointsOf(found: Found, label: string, { measures, of }: Line): Points | null {
  const series = measures.flatMap((measure) => found.get(placeOf(label, measure)) ?? []);
  if (series.length < measures.length || !series[0]) return null;
  return of ? together(series, of) : series[0];
}

function chunks(measures: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(measures.length / AT_ONCE) }, (_, at) =>
    measures.slice(at * AT_ONCE, (at + 1) * AT_ONCE),
  );
}
