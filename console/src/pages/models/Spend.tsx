/** What models have cost, by day and by model, person or branch; and what they may cost. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useOperation } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { CommandLine } from "../../components/CommandLine.tsx";
import { Copyable } from "../../components/Copyable.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { SelectField } from "../../components/Field.tsx";
import { Page, Section } from "../../components/Page.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { DayChart } from "../../modules/models/DayChart.tsx";
import { daysUntil } from "../../modules/models/stacks.ts";
import { GROUPS, nameIn, PERIODS, summed, type Used } from "../../modules/models/usage.ts";
import { Budgets } from "./Budgets.tsx";
import styles from "./Models.module.css";
import { ModelsTabs } from "./ModelsTabs.tsx";

export default function Spend() {
  const text = useText();
  return (
    <Page title={text.models.title} about={text.spend.about}>
      <ModelsTabs />
      <Spent />
      <Budgets />
    </Page>
  );
}

function Spent() {
  const text = useText();
  const format = useFormat();
  const navigate = useNavigate();
  const search = useSearch({ from: "/signed-in/models/spend" });
  const { days: count = 30, by = "model" } = search;
  const usage = useOperation("llm.usage", { days: count, by: ["day", by] });
  const days = useMemo(() => daysUntil(new Date(), count), [count]);
  const amounts = useMemo(
    () => (usage.data ?? []).map((row) => ({ day: row.day ?? "", key: nameIn(row, by), value: row.cost_usd })),
    [usage.data, by],
  );
  if (usage.error && !usage.data) return <ErrorState error={usage.error} onRetry={() => void usage.refetch()} />;
  if (!usage.data) return <Skeleton />;
  const named = (name: string) => (name === "" ? text.spend.nobody : name);
  const total = usage.data.reduce((sum, { cost_usd }) => sum + cost_usd, 0);
  const today = usage.data.filter(({ day }) => day === days.at(-1)).reduce((sum, { cost_usd }) => sum + cost_usd, 0);
  return (
    <>
      <div className={styles.choices}>
        <SelectField
          label={text.spend.period}
          value={String(count)}
          onChange={(event) =>
            void navigate({
              to: "/models/spend",
              search: { ...search, days: Number(event.target.value) as typeof count },
              replace: true,
            })
          }
          choices={PERIODS.map((each) => ({ value: String(each), label: text.spend.days(each) }))}
        />
        <SelectField
          label={text.spend.by}
          value={by}
          onChange={(event) =>
            void navigate({
              to: "/models/spend",
              search: { ...search, by: event.target.value as typeof by },
              replace: true,
            })
          }
          choices={GROUPS.map((each) => ({ value: each, label: text.spend.kinds[each] }))}
        />
      </div>
      {usage.data.length === 0 ? (
        <EmptyState icon="models" title={text.spend.nothing}>
          <p>{text.spend.nothingAbout}</p>
          <Copyable value={text.models.local.example} label="SQL" />
        </EmptyState>
      ) : (
        <Section
          title={text.spend.chart}
          about={`${text.spend.chartAbout(format.money(total), count)} · ${text.spend.today(format.money(today))}`}
        >
          <DayChart label={text.spend.chart} amounts={amounts} days={days} nameOf={named} wordsOf={format.money} />
          <Totals rows={summed(usage.data, by)} by={text.spend.kinds[by]} named={named} />
        </Section>
      )}
      <CommandLine command={commandOf("llm.usage", { days: count, by: ["day", by] })} />
    </>
  );
}

function Totals({ rows, by, named }: { rows: readonly Used[]; by: string; named: (name: string) => string }) {
  const text = useText();
  const format = useFormat();
  const count = (key: "calls" | "cached" | "failed" | "input_tokens" | "output_tokens", head: string, less = false) =>
    ({ key, head, align: "end", secondary: less, cell: (row) => format.number(row[key]) }) satisfies Column<Used>;
  const columns: readonly Column<Used>[] = [
    { key: "name", head: by, grow: true, cell: (row) => named(row.name) },
    count("calls", text.spend.calls),
    count("cached", text.spend.cached, true),
    count("failed", text.spend.failed, true),
    count("input_tokens", text.spend.input, true),
    count("output_tokens", text.spend.output, true),
    { key: "cost", head: text.spend.cost, align: "end", cell: (row) => format.money(row.cost_usd) },
  ];
  return <Table label={text.spend.cost} columns={columns} rows={rows} keyOf={(row) => row.name} />;
}
