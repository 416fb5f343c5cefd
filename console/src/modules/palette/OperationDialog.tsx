/** Any operation, run from a form that is made from what it takes; its answer is shown as it is. */
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { type FormEvent, useId, useRef, useState } from "react";
import { useFollow } from "../../api/hooks.ts";
import { type Facts, type InputOf, type OperationName, operations } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { DESCRIPTIONS, type Described, describedOf, type InputField } from "../../api/schemas.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { CheckField, SelectField, TextArea, TextField } from "../../components/Field.tsx";
import { Progress } from "../../components/Progress.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Words } from "../../components/Words.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import styles from "./OperationDialog.module.css";
import { titleOf } from "./titles.ts";
import { type FormValues, inputOf, missingIn } from "./values.ts";

export function OperationDialog({ name, onClose }: { name: OperationName; onClose: () => void }) {
  const text = useText();
  const facts: Facts = operations[name];
  const { data, error, refetch } = useQuery(DESCRIPTIONS);
  const formId = useId();
  const [output, setOutput] = useState("");
  const decoder = useRef(new TextDecoder());
  const run = useFollow(name, (said) => setOutput((now) => now + decoder.current.decode(said.data, { stream: true })));

  return (
    <Dialog
      title={titleOf(text, name)}
      width="wide"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{run.result ? text.common.close : text.common.cancel}</Button>
          <Button
            type="submit"
            form={formId}
            look={facts.effect === "destructive" ? "danger" : "primary"}
            busy={run.running}
            disabled={!data}
          >
            {run.running ? text.palette.running : run.result ? text.palette.again : text.palette.run}
          </Button>
        </>
      }
    >
      {error && <ErrorState error={error} inline onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton />}
      {data && (
        <OperationForm
          name={name}
          described={describedOf(data, name)}
          formId={formId}
          onRun={(input) => {
            setOutput("");
            void run.start(input);
          }}
        />
      )}
      {run.running && <Progress step={run.step} />}
      {run.error && <ErrorState error={run.error} inline />}
      {output && <pre className={styles.answer}>{output}</pre>}
      {run.result !== null && <Answer value={run.result} tookMs={run.tookMs} />}
    </Dialog>
  );
}

function OperationForm<Name extends OperationName>(props: {
  name: Name;
  described: Described;
  formId: string;
  onRun: (input: InputOf<Name>) => void;
}) {
  const text = useText();
  const { name, formId, onRun } = props;
  const { about, fields } = props.described;
  const here = useParams({ strict: false });
  const [values, setValues] = useState<FormValues>(() => (here.ref ? { ref: here.ref } : {}));
  const [tried, setTried] = useState(false);
  const missing = missingIn(fields, values);
  const input = inputOf(fields, values) as InputOf<Name>;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (missing.size === 0) onRun(input);
  };

  return (
    <form id={formId} onSubmit={submit} className={styles.form} noValidate>
      {about && about !== operations[name].summary && (
        <p className={styles.about}>
          <Words>{about}</Words>
        </p>
      )}
      {fields.length === 0 && <p className={styles.about}>{text.palette.noInput}</p>}
      {fields.map((field, place) => (
        <Input
          key={field.name}
          field={field}
          first={place === 0}
          value={values[field.name]}
          problem={tried && missing.has(field.name) ? text.palette.missing : null}
          onChange={(value) => setValues({ ...values, [field.name]: value })}
        />
      ))}
      <CommandLine command={commandOf(name, input)} />
    </form>
  );
}

interface InputProps {
  field: InputField;
  first: boolean;
  value: string | boolean | undefined;
  problem: string | null;
  onChange: (value: string | boolean) => void;
}

function Input({ field, first, value, problem, onChange }: InputProps) {
  const text = useText();
  const around = {
    label: field.name.replaceAll("_", " "),
    hint: field.about,
    problem,
    optional: !field.required,
    autoFocus: first,
  };
  const held = typeof value === "string" ? value : "";
  switch (field.kind) {
    case "flag":
      return (
        <CheckField
          {...around}
          checked={value === undefined ? field.fallback === "true" : value === true}
          onChange={(event) => onChange(event.target.checked)}
        />
      );
    case "choice":
      return (
        <SelectField
          {...around}
          value={held || field.fallback}
          choices={[
            ...(field.fallback ? [] : [{ value: "", label: "" }]),
            ...field.choices.map((choice) => ({ value: choice, label: choice })),
          ]}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case "list":
      return (
        <TextArea
          {...around}
          hint={`${field.about} ${text.palette.lines}`}
          rows={3}
          value={held}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case "json":
      return <TextArea {...around} value={held} placeholder="{}" onChange={(event) => onChange(event.target.value)} />;
    default:
      return (
        <TextField
          {...around}
          type={field.secret ? "password" : "text"}
          inputMode={field.kind === "number" ? "decimal" : "text"}
          value={held}
          placeholder={field.fallback || field.example}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          onChange={(event) => onChange(event.target.value)}
        />
      );
  }
}

function Answer({ value, tookMs }: { value: unknown; tookMs: number | null }) {
  const text = useText();
  const format = useFormat();
  return (
    <section className={styles.result} aria-label={text.palette.result}>
      <h3>
        {text.palette.result}
        {tookMs !== null && <span> {text.common.tookTime(format.duration(tookMs))}</span>}
      </h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre className={styles.answer} tabIndex={0}>
        {JSON.stringify(value, null, 2)}
      </pre>
    </section>
  );
}
