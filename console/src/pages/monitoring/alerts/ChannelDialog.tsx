/** A channel of one kind, with what that kind asks for; once it is added a test message shows whether it arrives. */
import { type FormEvent, useId, useState } from "react";
import { useFollow } from "../../../api/hooks.ts";
import { commandOf } from "../../../api/requests.ts";
import { Button } from "../../../components/Button.tsx";
import { CommandLine } from "../../../components/CommandLine.tsx";
import { Dialog } from "../../../components/Dialog.tsx";
import { ErrorState } from "../../../components/ErrorState.tsx";
import { SelectField, TextField } from "../../../components/Field.tsx";
import { PasswordField } from "../../../components/PasswordField.tsx";
import { Progress } from "../../../components/Progress.tsx";
import { useToasts } from "../../../components/Toasts.tsx";
import { useText } from "../../../i18n/text.tsx";
import { LEVELS, type Level } from "../../../modules/alerts/alerts.ts";
import {
  addressOf,
  type ChannelKind,
  FIELDS,
  type FieldName,
  OPTIONAL,
  SECRETS,
  SECURITIES,
  type Values,
} from "../../../modules/alerts/channels.ts";
import { isRuleName } from "../../../modules/alerts/draft.ts";
import styles from "./Alerts.module.css";

interface Props {
  readonly kind: ChannelKind;
  readonly taken: readonly string[];
  readonly onClose: () => void;
}

export function ChannelDialog({ kind, taken, onClose }: Props) {
  const text = useText();
  const toasts = useToasts();
  const formId = useId();
  const adding = useFollow("alert.channel.add");
  const testing = useFollow("alert.channel.test");
  const [name, setName] = useState(kind === "other" ? "" : kind);
  const [level, setLevel] = useState<Level>("warning");
  const [values, setValues] = useState<Values>({ security: "starttls" });
  const words = text.alerts.channels;
  const address = addressOf(kind, values);
  const fits = isRuleName(name.trim()) && address !== null;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!fits) return;
    const channel = name.trim();
    const began = performance.now();
    testing.reset();
    if (!(await adding.start({ channel, address, least_level: level }))) return;
    if (!(await testing.start({ channel }))) return;
    toasts.show({ message: words.form.added(channel), tookMs: performance.now() - began });
    onClose();
  };
  const busy = adding.running || testing.running;
  return (
    <Dialog
      title={kind === "other" ? words.form.titleOther : words.form.title(words.kinds[kind].title)}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button type="submit" form={formId} look="primary" busy={busy} disabled={!fits}>
            {words.form.submit}
          </Button>
        </>
      }
    >
      <form id={formId} className={styles.stack} onSubmit={(event) => void submit(event)}>
        <div className={styles.fields} data-kind={kind}>
          {FIELDS[kind].map((field) => (
            <ChannelField
              key={field}
              kind={kind}
              field={field}
              value={values[field] ?? ""}
              wrong={address === null && FIELDS[kind].length <= 2}
              onChange={(value) => setValues({ ...values, [field]: value })}
            />
          ))}
        </div>
        <div className={styles.pair}>
          <TextField
            label={words.form.name}
            hint={words.form.nameHint}
            problem={taken.includes(name.trim()) && !adding.result ? words.form.nameTaken : null}
            value={name}
            onChange={(event) => setName(event.target.value)}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
          />
          <SelectField
            label={words.form.level}
            value={level}
            onChange={(event) => setLevel(event.target.value as Level)}
            choices={LEVELS.toReversed().map((each) => ({ value: each, label: words.form.levels[each] ?? each }))}
          />
        </div>
      </form>
      {busy && <Progress step={null} label={words.testing} />}
      {adding.error && <ErrorState error={adding.error} inline />}
      {testing.error && (
        <>
          <p>{words.form.kept}</p>
          <ErrorState error={testing.error} inline />
        </>
      )}
      <CommandLine
        command={commandOf("alert.channel.add", {
          channel: name.trim() || "team-chat",
          address: `${address?.split("://")[0] ?? "…"}://…`,
          least_level: level,
        })}
      />
    </Dialog>
  );
}

interface FieldProps {
  readonly kind: ChannelKind;
  readonly field: FieldName;
  readonly value: string;
  /** What is written makes no address, and there is nothing else that could be missing. */
  readonly wrong: boolean;
  readonly onChange: (value: string) => void;
}

function ChannelField({ kind, field, value, wrong, onChange }: FieldProps) {
  const text = useText();
  const { fields, hints, problem, securities } = text.alerts.channels.form;
  if (field === "security") {
    return (
      <SelectField
        label={fields.security}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        choices={SECURITIES.map((each) => ({ value: each, label: securities[each] ?? each }))}
      />
    );
  }
  const shared = {
    label: fields[field],
    hint: hints[`${kind}.${field}`],
    problem: wrong && value !== "" && !OPTIONAL.has(field) ? `${problem} ${hints[`${kind}.${field}`] ?? ""}` : null,
    value,
    autoComplete: "off",
    autoCapitalize: "none",
    spellCheck: false,
    onChange: (event: { target: { value: string } }) => onChange(event.target.value),
  };
  if (SECRETS.has(field)) return <PasswordField {...shared} />;
  return <TextField {...shared} optional={OPTIONAL.has(field)} inputMode={field === "port" ? "numeric" : undefined} />;
}
