/** The rules by what they are about: switched on and off, changed, added, and had as they came. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useFollow, useOperation } from "../../../api/hooks.ts";
import { commandOf } from "../../../api/requests.ts";
import { Button } from "../../../components/Button.tsx";
import { CommandLine } from "../../../components/CommandLine.tsx";
import { ErrorState } from "../../../components/ErrorState.tsx";
import { Icon } from "../../../components/Icon.tsx";
import { Menu } from "../../../components/Menu.tsx";
import { Section } from "../../../components/Page.tsx";
import { Skeleton } from "../../../components/Skeleton.tsx";
import { Badge, Status } from "../../../components/Status.tsx";
import { type Column, Table } from "../../../components/Table.tsx";
import { useToasts } from "../../../components/Toasts.tsx";
import { useText } from "../../../i18n/text.tsx";
import { type Rule, settingOf, TONES, titleOf } from "../../../modules/alerts/alerts.ts";
import { useCondition } from "../../../modules/alerts/measured.ts";
import { useShortcuts } from "../../../modules/keyboard.ts";
import { AlertFrame } from "./AlertFrame.tsx";
import styles from "./Alerts.module.css";
import { RuleDialog } from "./RuleDialog.tsx";

export default function Rules() {
  const text = useText();
  const navigate = useNavigate();
  const asked = useSearch({ from: "/signed-in/monitoring/alerts/rules" }).rule;
  const [adding, setAdding] = useState(false);
  const rules = useOperation("alert.rule.list", {});
  const ask = (rule?: string) =>
    void navigate({ to: "/monitoring/alerts/rules", search: rule === undefined ? {} : { rule }, replace: true });
  useShortcuts({ c: () => setAdding(true) });
  const changed = rules.data?.find((rule) => rule.name === asked);
  return (
    <AlertFrame
      actions={
        <Button icon="plus" onClick={() => setAdding(true)}>
          {text.alerts.rules.add}
        </Button>
      }
    >
      <p className={styles.soft}>{text.alerts.rules.about}</p>
      {rules.error && !rules.data ? (
        <ErrorState error={rules.error} onRetry={() => void rules.refetch()} />
      ) : !rules.data ? (
        <Skeleton />
      ) : (
        [...Map.groupBy(rules.data, (rule) => rule.kind)].map(([kind, some]) => (
          <Section key={kind} title={text.monitoring.kinds[kind]?.many ?? kind}>
            <RuleTable label={text.monitoring.kinds[kind]?.many ?? kind} rules={some} onChange={ask} />
          </Section>
        ))
      )}
      <CommandLine command={commandOf("alert.rule.list", {})} />
      {adding && <RuleDialog rules={rules.data ?? []} onClose={() => setAdding(false)} />}
      {changed && <RuleDialog rules={rules.data ?? []} rule={changed} onClose={() => ask()} />}
    </AlertFrame>
  );
}

interface TableProps {
  readonly label: string;
  readonly rules: readonly Rule[];
  readonly onChange: (rule: string) => void;
}

function RuleTable({ label, rules, onChange }: TableProps) {
  const text = useText();
  const toasts = useToasts();
  const setting = useFollow("alert.rule.set");
  const resetting = useFollow("alert.rule.reset");
  const words = text.alerts.rules;
  const turn = async (rule: Rule) => {
    const title = titleOf({ rule: rule.name, title: rule.title }, text);
    const enabled = !rule.enabled;
    if (!(await setting.start({ rule: rule.name, enabled }))) return;
    toasts.show({
      message: enabled ? words.turnedOn(title) : words.turnedOff(title),
      undo: () =>
        void (rule.origin === "built-in"
          ? resetting.start({ rule: rule.name })
          : setting.start({ rule: rule.name, enabled: !enabled })),
    });
  };
  const reset = async (rule: Rule) => {
    if (!(await resetting.start({ rule: rule.name }))) return;
    const title = titleOf({ rule: rule.name, title: rule.title }, text);
    toasts.show({
      message: rule.origin === "own" ? words.removed(title) : words.wasReset(title),
      undo: () => void setting.start(settingOf(rule)),
    });
  };
  const columns: readonly Column<Rule>[] = [
    {
      key: "on",
      head: words.on,
      cell: (rule) => (
        <input
          type="checkbox"
          role="switch"
          aria-checked={rule.enabled}
          className={styles.switch}
          aria-label={words.turn(titleOf({ rule: rule.name, title: rule.title }, text))}
          checked={rule.enabled}
          disabled={setting.running || resetting.running}
          onChange={() => void turn(rule)}
        />
      ),
    },
    { key: "name", head: words.name, grow: true, cell: (rule) => <Named rule={rule} /> },
    {
      key: "level",
      head: words.level,
      cell: (rule) => <Status tone={TONES[rule.level]}>{text.monitoring.levels[rule.level]}</Status>,
    },
    {
      key: "scope",
      head: words.scope,
      secondary: true,
      cell: (rule) =>
        rule.scope === "*" ? <span className={styles.soft}>{words.every}</span> : <code>{rule.scope}</code>,
    },
    {
      key: "menu",
      head: <span className="visually-hidden">{text.common.actions}</span>,
      align: "end",
      cell: (rule) => (
        <Menu
          label={`${text.common.actions}: ${rule.name}`}
          align="end"
          button={<Icon name="more" />}
          items={[
            { label: words.change, icon: "settings", onChoose: () => onChange(rule.name) },
            {
              label: rule.origin === "own" ? text.common.remove : words.reset,
              icon: rule.origin === "own" ? "trash" : "undo",
              disabled: rule.origin === "built-in",
              onChoose: () => void reset(rule),
            },
          ]}
        />
      ),
    },
  ];
  const error = setting.error ?? resetting.error;
  return (
    <>
      <Table label={label} columns={columns} rows={rules} keyOf={(rule) => rule.name} />
      {error && <ErrorState error={error} inline />}
    </>
  );
}

function Named({ rule }: { rule: Rule }) {
  const text = useText();
  const condition = useCondition();
  const origin = text.alerts.rules.origins[rule.origin];
  return (
    <span className={styles.named} data-off={!rule.enabled || undefined}>
      <span className={styles.ruleTitle}>
        {titleOf({ rule: rule.name, title: rule.title }, text)} {origin && <Badge>{origin}</Badge>}
      </span>
      <span className={styles.condition}>
        <code>{rule.formula}</code> {condition(rule)}
      </span>
    </span>
  );
}
