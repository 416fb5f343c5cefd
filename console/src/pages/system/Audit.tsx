/** Who asked for what, and what came of it. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useLedger, useOperation } from "../../api/hooks.ts";
import { type InputOf, type OutputOf, operations } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { CommandLine } from "../../components/CommandLine.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { SelectField } from "../../components/Field.tsx";
import { Older } from "../../components/Older.tsx";
import { Page } from "../../components/Page.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Status } from "../../components/Status.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { toneOf } from "../../modules/states.ts";
import styles from "./System.module.css";
import { SystemTabs } from "./SystemTabs.tsx";

type Entry = OutputOf<"audit.list">[number];
type Outcome = NonNullable<InputOf<"audit.list">["outcome"]>;

export interface AuditFilters {
  who?: string;
  project?: string;
  operation?: string;
  outcome?: Outcome;
}

export default function Audit() {
  const text = useText();
  const filters = useSearch({ from: "/signed-in/system/audit" });
  const { rows: entries, error, retry, older } = useLedger("audit.list", filters, (row) => row.id);

  return (
    <Page title={text.rail.system} wide>
      <SystemTabs />
      <Filters filters={filters} />
      {error && !entries ? (
        <ErrorState error={error} onRetry={retry} />
      ) : !entries ? (
        <Skeleton />
      ) : entries.length === 0 ? (
        <EmptyState icon="search" title={text.common.noMatches} />
      ) : (
        <Entries entries={entries} />
      )}
      <Older older={older} />
      <CommandLine command={commandOf("audit.list", filters)} />
    </Page>
  );
}

function Filters({ filters }: { filters: AuditFilters }) {
  const text = useText();
  const navigate = useNavigate();
  const { data: people } = useOperation("person.list", {});
  const { data: projects } = useOperation("project.list", {});
  const all = { value: "", label: text.common.all };
  const subjects = [...new Set(Object.keys(operations).map((name) => name.split(".")[0] ?? name))].toSorted();
  const outcomes: readonly Outcome[] = ["done", "failed", "refused", "started"];

  const change = (name: keyof AuditFilters, value: string) => {
    const { [name]: _, ...others } = filters;
    void navigate({ to: "/system/audit", search: value ? { ...others, [name]: value } : others, replace: true });
  };

  return (
    <div className={styles.filters}>
      <SelectField
        label={text.people.person}
        value={filters.who ?? ""}
        choices={[
          all,
          { value: "owner", label: text.role.owner },
          ...(people ?? []).map(({ name }) => ({ value: name, label: name })),
        ]}
        onChange={(event) => change("who", event.target.value)}
      />
      <SelectField
        label={text.audit.operation}
        value={filters.operation ?? ""}
        choices={[all, ...subjects.map((subject) => ({ value: subject, label: subject }))]}
        onChange={(event) => change("operation", event.target.value)}
      />
      <SelectField
        label={text.audit.project}
        value={filters.project ?? ""}
        choices={[all, ...(projects ?? []).map(({ ref }) => ({ value: ref, label: ref }))]}
        onChange={(event) => change("project", event.target.value)}
      />
      <SelectField
        label={text.audit.outcome}
        value={filters.outcome ?? ""}
        choices={[all, ...outcomes.map((outcome) => ({ value: outcome, label: text.states[outcome] ?? outcome }))]}
        onChange={(event) => change("outcome", event.target.value)}
      />
    </div>
  );
}

function Entries({ entries }: { entries: readonly Entry[] }) {
  const text = useText();
  const format = useFormat();
  const columns: readonly Column<Entry>[] = [
    {
      key: "time",
      head: text.audit.time,
      cell: (entry) => (
        <time dateTime={entry.time} className={styles.time}>
          {format.dateTime(entry.time)}
        </time>
      ),
    },
    { key: "who", head: text.audit.who, secondary: true, cell: (entry) => <code>{entry.who}</code> },
    {
      key: "operation",
      head: text.audit.operation,
      grow: true,
      cell: (entry) => (
        <details className={styles.details}>
          <summary>
            <code>{entry.operation}</code> <span className={styles.code}>{inBrief(entry)}</span>
          </summary>
          <pre>{JSON.stringify(entry.arguments, null, 2)}</pre>
          <p className={styles.code}>
            {entry.who} · {text.audit.by(entry.surface)} · {text.error.request} <code>{entry.request_id}</code>
          </p>
        </details>
      ),
    },
    {
      key: "outcome",
      head: text.audit.outcome,
      cell: (entry) => <Status tone={toneOf(entry.outcome)}>{text.states[entry.outcome] ?? entry.outcome}</Status>,
    },
    {
      key: "code",
      head: text.audit.reason,
      secondary: true,
      cell: (entry) => <code className={styles.code}>{entry.code}</code>,
    },
    {
      key: "seconds",
      head: text.audit.took,
      align: "end",
      secondary: true,
      cell: (entry) => (entry.seconds === null ? "" : format.duration(entry.seconds * 1000)),
    },
  ];
  return <Table label={text.audit.title} columns={columns} rows={entries} keyOf={(entry) => entry.id} />;
}

/** The values of the arguments, one after the other, as they fit. */
function inBrief(entry: Entry): string {
  return Object.values(entry.arguments)
    .filter((value) => value !== null && value !== "" && value !== false)
    .map((value) => (typeof value === "object" ? JSON.stringify(value) : String(value)))
    .join(" ");
}
