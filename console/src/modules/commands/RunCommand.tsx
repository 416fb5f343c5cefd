/** Running a defined command: a field for each parameter, then what it writes, as it is written. */
import { type FormEvent, useId, useRef, useState } from "react";
import { useFollow } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { SelectField, TextField } from "../../components/Field.tsx";
import { Progress } from "../../components/Progress.tsx";
import { Status } from "../../components/Status.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import styles from "./Commands.module.css";

type Command = OutputOf<"command.list">[number];
type Parameter = Command["parameters"][number];

export function RunCommand({ branch, command, onClose }: { branch: string; command: Command; onClose: () => void }) {
  const text = useText();
  const format = useFormat();
  const formId = useId();
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [output, setOutput] = useState("");
  const decoder = useRef(new TextDecoder());
  const run = useFollow("command.run", ({ data }) =>
    setOutput((now) => now + decoder.current.decode(data, { stream: true })),
  );
  const given = command.parameters.flatMap(({ name }) => (values[name] ? [`${name}=${values[name]}`] : []));
  const input = { ref: branch, name: command.name, value: given };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setOutput("");
    void run.start(input);
  };

  return (
    <Dialog
      title={command.name}
      width="wide"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.common.close}</Button>
          <Button type="submit" form={formId} look="primary" busy={run.running}>
            {run.running ? text.palette.running : run.result ? text.palette.again : text.palette.run}
          </Button>
        </>
      }
    >
      {command.summary && <p className={styles.soft}>{command.summary}</p>}
      <form id={formId} onSubmit={submit} className={styles.form}>
        {command.parameters.map((parameter) => (
          <ParameterField
            key={parameter.name}
            parameter={parameter}
            value={values[parameter.name] ?? ""}
            onChange={(value) => setValues({ ...values, [parameter.name]: value })}
          />
        ))}
      </form>
      {run.running && <Progress step={run.step} />}
      {run.error && <ErrorState error={run.error} inline />}
      {run.result && (
        <p>
          <Status tone={run.result.exit_code === 0 ? "good" : "bad"}>
            {text.commands.ended(run.result.exit_code, format.duration(run.result.seconds * 1000))}
          </Status>
        </p>
      )}
      {(output || run.result?.output) && <pre className={styles.output}>{output || run.result?.output}</pre>}
      <CommandLine command={commandOf("command.run", input)} />
    </Dialog>
  );
}

function ParameterField(props: { parameter: Parameter; value: string; onChange: (value: string) => void }) {
  const { parameter, value, onChange } = props;
  const around = {
    label: parameter.name,
    hint: parameter.description,
    optional: parameter.default !== null,
    required: parameter.default === null,
    value,
  };
  if (parameter.kind === "choice") {
    const choices = [parameter.default ?? "", ...parameter.choices.filter((choice) => choice !== parameter.default)];
    return (
      <SelectField
        {...around}
        value={value || (parameter.default ?? "")}
        choices={choices.map((choice) => ({ value: choice, label: choice }))}
        onChange={(event) => onChange(event.target.value)}
      />
    );
  }
  return (
    <TextField
      {...around}
      inputMode={parameter.kind === "integer" ? "numeric" : "text"}
      placeholder={parameter.default ?? ""}
      autoComplete="off"
      autoCapitalize="none"
      spellCheck={false}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
