/** Each call of a model: who made it, for what, what came of it, what it cost. */
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useLedger, useOperation } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { CommandLine } from "../../components/CommandLine.tsx";
import { Copyable } from "../../components/Copyable.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { SelectField, TextField } from "../../components/Field.tsx";
import { Older } from "../../components/Older.tsx";
import { Page } from "../../components/Page.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Badge, Status } from "../../components/Status.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { When } from "../../components/When.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { callerOf, toneOfCall } from "../../modules/models/calls.ts";
import styles from "./Models.module.css";
import { ModelsTabs } from "./ModelsTabs.tsx";

type Call = OutputOf<"llm.audit">[number];

export const OUTCOMES = ["done", "failed", "cancelled", "lost", "started"] as const;

export interface CallFilters {
  model?: string;
  person?: string;
  purpose?: string;
  outcome?: (typeof OUTCOMES)[number];
  ref?: string;
}

export default function Calls() {
  const text = useText();
  const filters = useSearch({ from: "/signed-in/models/audit" });
  const { rows: calls, error, retry, older } = useLedger("llm.audit", filters, (row) => row.request_id);
  return (
    <Page title={text.models.title} about={text.llmAudit.about} wide>
      <ModelsTabs />
      <Filters filters={filters} />
      {error && !calls ? (
        <ErrorState error={error} onRetry={retry} />
      ) : !calls ? (
        <Skeleton />
      ) : calls.length === 0 ? (
        Object.keys(filters).length > 0 ? (
          <EmptyState icon="search" title={text.common.noMatches} />
        ) : (
          <EmptyState icon="models" title={text.llmAudit.empty}>
            <p>{text.llmAudit.emptyAbout}</p>
            <Copyable value={text.models.local.example} label="SQL" />
          </EmptyState>
        )
      ) : (
        <CallTable calls={calls} />
      )}
      <Older older={older} />
      <CommandLine command={commandOf("llm.audit", filters)} />
    </Page>
  );
}

function Filters({ filters }: { filters: CallFilters }) {
  const text = useText();
  const navigate = useNavigate();
  const models = useOperation("llm.model.list", {});
  const projects = useOperation("project.list", {});
  const all = { value: "", label: text.common.all };
  const change = (name: keyof CallFilters, value: string) => {
    const { [name]: _, ...others } = filters;
    void navigate({ to: "/models/audit", search: value ? { ...others, [name]: value } : others, replace: true });
  };
  return (
    <form className={styles.filters} onSubmit={(event) => event.preventDefault()} aria-label={text.common.filter}>
      <SelectField
        label={text.llmAudit.model}
        value={filters.model ?? ""}
        onChange={(event) => change("model", event.target.value)}
        choices={[all, ...(models.data ?? []).map(({ name }) => ({ value: name, label: name }))]}
      />
      <SelectField
        label={text.llmAudit.outcome}
        value={filters.outcome ?? ""}
        onChange={(event) => change("outcome", event.target.value)}
        choices={[all, ...OUTCOMES.map((each) => ({ value: each, label: text.llmAudit.outcomes[each] ?? each }))]}
      />
      <SelectField
        label={text.llmAudit.where}
        value={filters.ref ?? ""}
        onChange={(event) => change("ref", event.target.value)}
        choices={[all, ...(projects.data ?? []).map(({ ref }) => ({ value: ref, label: ref }))]}
      />
      <TextField
        label={text.llmAudit.person}
        type="search"
        value={filters.person ?? ""}
        onChange={(event) => change("person", event.target.value)}
      />
      <TextField
        label={text.llmAudit.purpose}
        type="search"
        value={filters.purpose ?? ""}
        onChange={(event) => change("purpose", event.target.value)}
      />
    </form>
  );
}

function CallTable({ calls }: { calls: readonly Call[] }) {
  const text = useText();
  const format = useFormat();
  const columns: readonly Column<Call>[] = [
    {
      key: "time",
      head: text.llmAudit.time,
      cell: (one) => (
        <Link to="/models/audit/$request" params={{ request: one.request_id }}>
          <When time={one.at} />
        </Link>
      ),
    },
    { key: "who", head: text.llmAudit.who, secondary: true, cell: (one) => callerOf(one) },
    { key: "where", head: text.llmAudit.where, secondary: true, cell: (one) => <code>{one.site}</code> },
    { key: "purpose", head: text.llmAudit.purpose, cell: (one) => <code>{one.purpose}</code> },
    { key: "model", head: text.llmAudit.model, secondary: true, cell: (one) => one.model ?? one.asked },
    {
      key: "outcome",
      head: text.llmAudit.outcome,
      grow: true,
      cell: (one) => (
        <span className={styles.outcome}>
          <Status tone={toneOfCall(one.outcome)}>{text.llmAudit.outcomes[one.outcome] ?? one.outcome}</Status>
          {one.cache && <Badge tone="accent">{text.llmAudit.cached}</Badge>}
          {one.error && <code className={styles.soft}>{one.error}</code>}
        </span>
      ),
    },
    {
      key: "tokens",
      head: text.llmAudit.tokens,
      align: "end",
      secondary: true,
      cell: (one) => `${format.number(one.input_tokens)} → ${format.number(one.output_tokens)}`,
    },
    { key: "cost", head: text.llmAudit.cost, align: "end", cell: (one) => format.money(one.cost_usd) },
    {
      key: "took",
      head: text.llmAudit.took,
      align: "end",
      secondary: true,
      cell: (one) => (one.seconds === null ? "" : format.duration(one.seconds * 1000)),
    },
  ];
  return <Table label={text.models.tabs.audit} columns={columns} rows={calls} keyOf={(one) => one.request_id} />;
}
