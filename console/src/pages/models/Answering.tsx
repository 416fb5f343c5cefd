/** How each model has answered since the side-car began: how fast, how often not at all, and what the cache spared. */
import { useOperation } from "../../api/hooks.ts";
import type { ModelMetrics } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { CommandLine } from "../../components/CommandLine.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Section } from "../../components/Page.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { quantile } from "../../modules/models/quantile.ts";

const EVERY_MS = 5_000;

export function Answering() {
  const text = useText();
  const metrics = useOperation("llm.metrics", {}, { refetchInterval: EVERY_MS });
  if (metrics.error && !metrics.data) return <ErrorState error={metrics.error} inline />;
  if (!metrics.data || metrics.data.length === 0) return null;
  return (
    <Section title={text.models.answering.title} about={text.models.answering.about}>
      <Counters rows={metrics.data} />
      <CommandLine command={commandOf("llm.metrics", {})} />
    </Section>
  );
}

function Counters({ rows }: { rows: readonly ModelMetrics[] }) {
  const { answering, name } = useText().models;
  const format = useFormat();
  const within = (one: ModelMetrics, of: "latency" | "first_token", share: number) => {
    const bound = quantile(one.bounds_s, one[of].counts, share);
    if (bound === null) return "–";
    return bound === Number.POSITIVE_INFINITY
      ? `> ${format.duration((one.bounds_s.at(-1) ?? 0) * 1000)}`
      : `≤ ${format.duration(bound * 1000)}`;
  };
  const columns: readonly Column<ModelMetrics>[] = [
    { key: "name", head: name, grow: true, cell: (one) => one.model },
    { key: "calls", head: answering.calls, align: "end", cell: (one) => format.number(one.calls) },
    {
      key: "cached",
      head: answering.cached,
      align: "end",
      secondary: true,
      cell: (one) => format.number(summed(one.cache_hits)),
    },
    {
      key: "tokens",
      head: answering.tokens,
      align: "end",
      secondary: true,
      cell: (one) => `${format.number(one.input_tokens)} → ${format.number(one.output_tokens)}`,
    },
    {
      key: "first",
      head: answering.first,
      align: "end",
      secondary: true,
      cell: (one) => within(one, "first_token", 0.5),
    },
    { key: "half", head: answering.half, align: "end", cell: (one) => within(one, "latency", 0.5) },
    { key: "most", head: answering.most, align: "end", secondary: true, cell: (one) => within(one, "latency", 0.95) },
    {
      key: "errors",
      head: answering.errors,
      align: "end",
      cell: (one) => <span title={told(one.errors)}>{format.number(summed(one.errors))}</span>,
    },
  ];
  return <Table label={answering.title} columns={columns} rows={rows} keyOf={(one) => one.model} />;
}

function summed(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function told(errors: Readonly<Record<string, number>>): string {
  return Object.entries(errors)
    .map(([code, count]) => `${code}: ${count}`)
    .join(", ");
}
