/** Rules of redaction: what a project's prompts may not take out of this machine, and a text to try them on. */
import { type FormEvent, useState } from "react";
import { useFollow, useOperation } from "../../../api/hooks.ts";
import type { OutputOf } from "../../../api/operations.ts";
import { commandOf } from "../../../api/requests.ts";
import { useMay } from "../../../api/session.ts";
import { Button } from "../../../components/Button.tsx";
import { CommandLine } from "../../../components/CommandLine.tsx";
import { EmptyState } from "../../../components/EmptyState.tsx";
import { ErrorState } from "../../../components/ErrorState.tsx";
import { SelectField, TextField } from "../../../components/Field.tsx";
import { Section } from "../../../components/Page.tsx";
import { Skeleton } from "../../../components/Skeleton.tsx";
import { Badge } from "../../../components/Status.tsx";
import { type Column, Table } from "../../../components/Table.tsx";
import { useToasts } from "../../../components/Toasts.tsx";
import { useText } from "../../../i18n/text.tsx";
import { useWhere } from "../../../modules/branch/where.tsx";
import styles from "./Database.module.css";
import { DatabasePage } from "./DatabasePage.tsx";

type Rule = OutputOf<"llm.redaction.list">[number];

const KINDS = ["email", "phone", "id-number", "credit-card", "iban", "key", "regex"] as const;
const ACTIONS = ["replace", "refuse"] as const;

export default function Redaction() {
  const text = useText();
  return (
    <DatabasePage about={text.redaction.about}>
      <Rules />
    </DatabasePage>
  );
}

function Rules() {
  const text = useText();
  const toasts = useToasts();
  const { ref, project } = useWhere();
  const mayChange = useMay()("admin", project);
  const rules = useOperation("llm.redaction.list", { ref });
  const adding = useFollow("llm.redaction.add");
  const removing = useFollow("llm.redaction.remove");
  const remove = async (rule: Rule) => {
    if (!(await removing.start({ ref, name: rule.name }))) return;
    const { name, kind, pattern, action } = rule;
    toasts.show({
      message: text.redaction.removed,
      undo: () => void adding.start({ ref, name, kind, pattern, action }),
    });
  };
  const columns: readonly Column<Rule>[] = [
    { key: "name", head: text.redaction.rule, cell: (rule) => <code>{rule.name}</code> },
    {
      key: "kind",
      head: text.redaction.kind,
      grow: true,
      cell: (rule) => (
        <>
          {text.redaction.kinds[rule.kind]} {rule.pattern !== null && <code>{rule.pattern}</code>}
        </>
      ),
    },
    { key: "action", head: text.redaction.action, cell: (rule) => text.redaction.actions[rule.action] },
    {
      key: "remove",
      head: <span className="visually-hidden">{text.common.actions}</span>,
      align: "end",
      cell: (rule) =>
        rule.shared ? (
          <Badge>{text.redaction.everywhere}</Badge>
        ) : (
          mayChange && (
            <Button size="small" disabled={removing.running} onClick={() => void remove(rule)}>
              {text.redaction.remove}
            </Button>
          )
        ),
    },
  ];
  const error = adding.error ?? removing.error;
  return (
    <>
      {rules.error && <ErrorState error={rules.error} inline onRetry={() => void rules.refetch()} />}
      {!rules.data ? (
        !rules.error && <Skeleton lines={2} />
      ) : rules.data.length === 0 ? (
        <EmptyState icon="lock" title={text.redaction.none}>
          {text.redaction.noneAbout}
        </EmptyState>
      ) : (
        <Table label={text.database.tabs.redaction} columns={columns} rows={rules.data} keyOf={(rule) => rule.name} />
      )}
      {mayChange && (
        <Section title={text.redaction.another}>
          <AddRule
            taken={rules.data?.map((rule) => rule.name) ?? []}
            running={adding.running}
            onAdd={async (rule) => {
              if (await adding.start({ ref, ...rule })) toasts.show({ message: text.redaction.added });
            }}
          />
        </Section>
      )}
      {error && <ErrorState error={error} inline />}
      <CommandLine command={commandOf("llm.redaction.add", { name: "email", kind: "email", ref })} />
    </>
  );
}

interface AddRuleProps {
  readonly taken: readonly string[];
  readonly running: boolean;
  readonly onAdd: (rule: Pick<Rule, "name" | "kind" | "pattern" | "action">) => Promise<void>;
}

function AddRule({ taken, running, onAdd }: AddRuleProps) {
  const text = useText();
  const [kind, setKind] = useState<(typeof KINDS)[number]>("email");
  const [name, setName] = useState("");
  const [pattern, setPattern] = useState("");
  const [action, setAction] = useState<(typeof ACTIONS)[number]>("replace");
  const called = name.trim() || (taken.includes(kind) ? "" : kind);
  const fits = called !== "" && (kind !== "regex" || pattern !== "");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!fits) return;
    await onAdd({ name: called, kind, pattern: kind === "regex" ? pattern : null, action });
    setName("");
    setPattern("");
  };
  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)}>
      <SelectField
        label={text.redaction.kind}
        value={kind}
        onChange={(event) => setKind(event.target.value as typeof kind)}
        choices={KINDS.map((each) => ({ value: each, label: text.redaction.kinds[each] ?? each }))}
      />
      {kind === "regex" && (
        <TextField
          label={text.redaction.pattern}
          hint={text.redaction.patternHint}
          value={pattern}
          onChange={(event) => setPattern(event.target.value)}
          autoComplete="off"
          spellCheck={false}
        />
      )}
      <TextField
        label={text.redaction.rule}
        placeholder={taken.includes(kind) ? "" : kind}
        value={name}
        onChange={(event) => setName(event.target.value)}
        autoComplete="off"
        spellCheck={false}
      />
      <SelectField
        label={text.redaction.action}
        value={action}
        onChange={(event) => setAction(event.target.value as typeof action)}
        choices={ACTIONS.map((each) => ({ value: each, label: text.redaction.actions[each] ?? each }))}
      />
      <Button type="submit" icon="plus" busy={running} disabled={!fits}>
        {text.redaction.add}
      </Button>
    </form>
  );
}
