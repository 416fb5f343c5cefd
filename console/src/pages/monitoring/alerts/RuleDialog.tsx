/** A rule of one's own, or a change of one: its formula explained, and tried on what is measured now. */
import { type FormEvent, useDeferredValue, useId, useRef, useState } from "react";
import { useFollow, useOperation } from "../../../api/hooks.ts";
import { commandOf } from "../../../api/requests.ts";
import { Button } from "../../../components/Button.tsx";
import { CommandLine } from "../../../components/CommandLine.tsx";
import { Dialog } from "../../../components/Dialog.tsx";
import { ErrorState } from "../../../components/ErrorState.tsx";
import { SelectField, TextField } from "../../../components/Field.tsx";
import { useToasts } from "../../../components/Toasts.tsx";
import { useText } from "../../../i18n/text.tsx";
import { LEVELS, type Level, type Rule, settingOf, titleOf } from "../../../modules/alerts/alerts.ts";
import {
  type Draft,
  draftOf,
  HOLD_UNITS,
  isRuleName,
  NEW,
  nameFrom,
  putIn,
  settingFrom,
  trialFrom,
} from "../../../modules/alerts/draft.ts";
import { useMeasured } from "../../../modules/alerts/measured.ts";
import styles from "./Alerts.module.css";
import { FormulaHelp } from "./FormulaHelp.tsx";
import { Trial, useTrial } from "./Trial.tsx";

interface Props {
  readonly rules: readonly Rule[];
  /** The one that is changed; left out: another is added. */
  readonly rule?: Rule;
  readonly onClose: () => void;
}

export function RuleDialog({ rules, rule, onClose }: Props) {
  const text = useText();
  const toasts = useToasts();
  const formId = useId();
  const setting = useFollow("alert.rule.set");
  const resetting = useFollow("alert.rule.reset");
  const [draft, setDraft] = useState<Draft>(rule ? draftOf(rule) : NEW);
  const [named, setNamed] = useState(false);
  const change = (some: Partial<Draft>) => setDraft((now) => ({ ...now, ...some }));
  const input = settingFrom(draft);
  const taken = !rule && rules.some(({ name }) => name === draft.name.trim());
  const trial = useTrial(useDeferredValue(trialFrom(draft)));
  const words = text.alerts.rules;
  const title = rule ? titleOf({ rule: rule.name, title: rule.title }, text) : draft.title.trim();
  const fits = input !== null && !taken && !trial.error;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!fits || !(await setting.start(input))) return;
    const undo = () =>
      void (rule && rule.origin !== "built-in"
        ? setting.start(settingOf(rule))
        : resetting.start({ rule: input.rule }));
    toasts.show({ message: rule ? words.changed(title) : words.added(title), undo });
    onClose();
  };
  return (
    <Dialog
      title={rule ? words.titleChange(title) : words.titleNew}
      width="wide"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button type="submit" form={formId} look="primary" busy={setting.running} disabled={!fits}>
            {rule ? words.form.submit : words.form.submitNew}
          </Button>
        </>
      }
    >
      <form id={formId} className={styles.stack} onSubmit={(event) => void submit(event)}>
        {rule?.origin !== "built-in" && rule?.origin !== "changed" && (
          <div className={styles.pair}>
            <TextField
              label={words.form.title}
              hint={words.form.titleHint}
              maxLength={120}
              value={draft.title}
              onChange={(event) =>
                change({
                  title: event.target.value,
                  ...(named || rule ? {} : { name: nameFrom(event.target.value) }),
                })
              }
              autoComplete="off"
            />
            {!rule && (
              <TextField
                label={words.form.name}
                hint={words.form.nameHint}
                value={draft.name}
                onChange={(event) => {
                  setNamed(true);
                  change({ name: event.target.value });
                }}
                problem={
                  taken
                    ? words.form.nameTaken
                    : draft.name && !isRuleName(draft.name.trim())
                      ? words.form.nameHint
                      : null
                }
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
              />
            )}
          </div>
        )}
        <FormulaFields
          draft={draft}
          change={change}
          problem={trial.error?.message ?? null}
          fixed={rule !== undefined}
        />
        <Bound draft={draft} change={change} unit={trial.data?.unit ?? ""} />
        <Trial trial={trial} asked={trialFrom(draft) !== null} />
        <div className={styles.pair}>
          <SelectField
            label={words.form.level}
            value={draft.level}
            onChange={(event) => change({ level: event.target.value as Level })}
            choices={LEVELS.map((level) => ({ value: level, label: text.monitoring.levels[level] }))}
          />
          <TextField
            label={words.form.scope}
            hint={words.form.scopeHint}
            value={draft.scope}
            onChange={(event) => change({ scope: event.target.value })}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
          />
        </div>
      </form>
      {setting.error && <ErrorState error={setting.error} inline />}
      {input && <CommandLine command={commandOf("alert.rule.set", input)} />}
    </Dialog>
  );
}

interface FieldsProps {
  readonly draft: Draft;
  readonly change: (some: Partial<Draft>) => void;
}

function FormulaFields({ draft, change, problem, fixed }: FieldsProps & { problem: string | null; fixed: boolean }) {
  const text = useText();
  const field = useRef<HTMLInputElement>(null);
  const kinds = useOperation("monitoring.kinds", {}, { staleTime: Number.POSITIVE_INFINITY });
  const { form } = text.alerts.rules;
  const put = (measure: string, counter: boolean) => {
    const { selectionStart: from, selectionEnd: to } = field.current ?? {};
    const end = draft.formula.length;
    change({ formula: putIn(draft.formula, measure, counter, from ?? end, to ?? end) });
    field.current?.focus();
  };
  return (
    <>
      <div className={styles.formula}>
        <SelectField
          label={form.kind}
          value={draft.kind}
          disabled={fixed}
          onChange={(event) => change({ kind: event.target.value })}
          choices={(kinds.data ?? [{ name: draft.kind }]).map(({ name }) => ({
            value: name,
            label: text.monitoring.kinds[name]?.many ?? name,
          }))}
        />
        <TextField
          ref={field}
          label={form.formula}
          hint={form.formulaHint}
          problem={problem}
          maxLength={300}
          className={styles.mono}
          value={draft.formula}
          onChange={(event) => change({ formula: event.target.value })}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
        />
      </div>
      <FormulaHelp kind={draft.kind} onPut={put} />
    </>
  );
}

function Bound({ draft, change, unit }: FieldsProps & { unit: Rule["unit"] }) {
  const text = useText();
  const measured = useMeasured();
  const { form } = text.alerts.rules;
  const bound = Number(draft.bound);
  const said = draft.bound.trim() !== "" && Number.isFinite(bound) ? form.boundHint(measured(bound, unit)) : undefined;
  const how = { share: form.shareHint, percent: form.percentHint, seconds: form.secondsHint }[unit as string];
  const counted = how ?? (unit.startsWith("bytes") ? form.bytesHint : undefined);
  return (
    <div className={styles.bound}>
      <SelectField
        label={form.way}
        value={draft.way}
        onChange={(event) => change({ way: event.target.value as Draft["way"] })}
        choices={(["above", "below"] as const).map((way) => ({ value: way, label: form.ways[way] ?? way }))}
      />
      <TextField
        label={form.bound}
        hint={unit === "" ? undefined : [said, counted].filter(Boolean).join(" ")}
        inputMode="decimal"
        value={draft.bound}
        onChange={(event) => change({ bound: event.target.value })}
        autoComplete="off"
      />
      <TextField
        label={form.hold}
        hint={form.holdHint}
        inputMode="decimal"
        value={draft.hold}
        onChange={(event) => change({ hold: event.target.value })}
        autoComplete="off"
      />
      <SelectField
        label={<span className="visually-hidden">{form.hold}</span>}
        value={draft.holdUnit}
        onChange={(event) => change({ holdUnit: Number(event.target.value) })}
        choices={HOLD_UNITS.toReversed().map((unit) => ({
          value: String(unit),
          label: form.units[unit] ?? String(unit),
        }))}
      />
    </div>
  );
}
