/** Budgets: what may be spent in a day or a month, by everybody, a person, a role or a branch. */
import { type FormEvent, useState } from "react";
import { useFollow, useOperation } from "../../api/hooks.ts";
import type { InputOf, OutputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { useMay } from "../../api/session.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { classes } from "../../components/classes.ts";
import { ErrorState } from "../../components/ErrorState.tsx";
import { SelectField, TextField } from "../../components/Field.tsx";
import { Section } from "../../components/Page.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import meter from "./Meter.module.css";
import styles from "./Models.module.css";

type Budget = OutputOf<"llm.budget.list">[number];
type Setting = InputOf<"llm.budget.set">;

export function Budgets() {
  const text = useText();
  const toasts = useToasts();
  const may = useMay();
  const budgets = useOperation("llm.budget.list", {});
  const setting = useFollow("llm.budget.set");
  const removing = useFollow("llm.budget.remove");
  const remove = async (budget: Budget) => {
    const { subject, name, period, usd } = budget;
    if (!(await removing.start({ subject, name, period }))) return;
    toasts.show({
      message: text.budgets.removed,
      undo: () => void setting.start({ subject, name, period, usd }),
    });
  };
  const columns: readonly Column<Budget>[] = [
    { key: "of", head: text.budgets.of, grow: true, cell: (one) => <Of budget={one} /> },
    { key: "period", head: text.budgets.period, cell: (one) => text.budgets.periods[one.period] },
    { key: "spent", head: text.budgets.spent, cell: (one) => <Meter budget={one} /> },
    {
      key: "remove",
      head: <span className="visually-hidden">{text.common.actions}</span>,
      align: "end",
      cell: (one) =>
        may("admin") && (
          <Button size="small" disabled={removing.running} onClick={() => void remove(one)}>
            {text.budgets.remove}
          </Button>
        ),
    },
  ];
  const error = setting.error ?? removing.error;
  return (
    <Section title={text.budgets.title} about={text.budgets.about}>
      {budgets.error && <ErrorState error={budgets.error} inline onRetry={() => void budgets.refetch()} />}
      {!budgets.data ? (
        !budgets.error && <Skeleton lines={2} />
      ) : budgets.data.length === 0 ? (
        <p className={styles.soft}>{text.budgets.none}</p>
      ) : (
        <Table
          label={text.budgets.title}
          columns={columns}
          rows={budgets.data}
          keyOf={({ subject, name, period }) => `${subject} ${name} ${period}`}
        />
      )}
      {may("admin") && (
        <SetBudget
          running={setting.running}
          onSet={async (input) => {
            if (await setting.start(input)) toasts.show({ message: text.budgets.wasSet });
          }}
        />
      )}
      {error && <ErrorState error={error} inline />}
      <CommandLine command={commandOf("llm.budget.set", { subject: "everybody", period: "day", usd: 5 })} />
    </Section>
  );
}

function Of({ budget }: { budget: Budget }) {
  const text = useText();
  return (
    <>
      {budget.name === "*" ? text.budgets.everyOne[budget.subject] : text.budgets.subjects[budget.subject]}{" "}
      {budget.name !== "*" && budget.name !== "" && <code>{budget.name}</code>}
    </>
  );
}

function Meter({ budget }: { budget: Budget }) {
  const text = useText();
  const format = useFormat();
  const { usd, spent_usd: spent } = budget;
  if (spent === null) return text.budgets.each(format.money(usd));
  const share = usd > 0 ? Math.min(1, spent / usd) : 1;
  return (
    <span className={meter.root} title={text.budgets.left(format.money(Math.max(0, usd - spent)))}>
      <span className={meter.track} aria-hidden="true">
        <span
          className={classes(meter.bar, share >= 1 && meter.full, share >= 0.8 && share < 1 && meter.near)}
          style={{ transform: `scaleX(${share})` }}
        />
      </span>
      {format.money(spent)} / {format.money(usd)}
    </span>
  );
}

const SUBJECTS = ["everybody", "person", "role", "branch"] as const;
const PERIODS = ["day", "month"] as const;

function SetBudget({ running, onSet }: { running: boolean; onSet: (input: Setting) => Promise<void> }) {
  const text = useText();
  const may = useMay();
  const people = useOperation("person.list", {}, { enabled: may("user") });
  const projects = useOperation("project.list", {});
  const [subject, setSubject] = useState<(typeof SUBJECTS)[number]>("everybody");
  const [name, setName] = useState("");
  const [period, setPeriod] = useState<(typeof PERIODS)[number]>("day");
  const [usd, setUsd] = useState("");
  const fits = Number(usd) > 0 && (subject === "everybody" || name.trim() !== "");
  const known =
    subject === "person"
      ? (people.data ?? []).map((person) => person.name)
      : subject === "branch"
        ? (projects.data ?? []).map((project) => `${project.ref}:main`)
        : [];
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!fits) return;
    await onSet({ subject, name: subject === "everybody" ? "" : name.trim(), period, usd: Number(usd) });
    setUsd("");
  };
  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)}>
      <SelectField
        label={text.budgets.of}
        value={subject}
        onChange={(event) => {
          setSubject(event.target.value as typeof subject);
          setName("");
        }}
        choices={SUBJECTS.map((each) => ({ value: each, label: text.budgets.subjects[each] ?? each }))}
      />
      {subject !== "everybody" && (
        <>
          <TextField
            label={text.budgets.who}
            hint={text.budgets.whoHint}
            value={name}
            list="budget-names"
            onChange={(event) => setName(event.target.value)}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
          />
          <datalist id="budget-names">
            {known.map((each) => (
              <option key={each} value={each} />
            ))}
          </datalist>
        </>
      )}
      <SelectField
        label={text.budgets.period}
        value={period}
        onChange={(event) => setPeriod(event.target.value as typeof period)}
        choices={PERIODS.map((each) => ({ value: each, label: text.budgets.periods[each] ?? each }))}
      />
      <TextField
        label={text.budgets.amount}
        type="number"
        min={0}
        step="any"
        value={usd}
        onChange={(event) => setUsd(event.target.value)}
      />
      <Button type="submit" icon="plus" busy={running} disabled={!fits}>
        {text.budgets.set}
      </Button>
    </form>
  );
}
