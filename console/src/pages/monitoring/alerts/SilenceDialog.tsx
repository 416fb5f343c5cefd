/** Has nobody told of an alert for a while, and says why. */
import { type FormEvent, useId, useState } from "react";
import { useFollow } from "../../../api/hooks.ts";
import { commandOf } from "../../../api/requests.ts";
import { Button } from "../../../components/Button.tsx";
import { CommandLine } from "../../../components/CommandLine.tsx";
import { Dialog } from "../../../components/Dialog.tsx";
import { ErrorState } from "../../../components/ErrorState.tsx";
import { RadioCards, SelectField, TextField } from "../../../components/Field.tsx";
import { useToasts } from "../../../components/Toasts.tsx";
import { useText } from "../../../i18n/text.tsx";
import styles from "./Alerts.module.css";

interface Props {
  readonly rule: string;
  readonly label: string;
  readonly title: string;
  readonly onClose: () => void;
}

export function SilenceDialog({ rule, label, title, onClose }: Props) {
  const text = useText();
  const toasts = useToasts();
  const formId = useId();
  const silencing = useFollow("alert.silence.add");
  const ending = useFollow("alert.silence.end");
  const [only, setOnly] = useState(label);
  const [minutes, setMinutes] = useState(60);
  const [reason, setReason] = useState("");
  const input = { rule, label: only, minutes, reason: reason.trim() };
  const words = text.alerts.silencing;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const made = await silencing.start(input);
    if (!made) return;
    toasts.show({ message: words.done, undo: () => void ending.start({ silence: made.id }) });
    onClose();
  };
  return (
    <Dialog
      title={words.title(title)}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button type="submit" form={formId} look="primary" busy={silencing.running}>
            {words.submit}
          </Button>
        </>
      }
    >
      <p className={styles.soft}>{words.about}</p>
      <form id={formId} className={styles.stack} onSubmit={(event) => void submit(event)}>
        {label !== "" && (
          <RadioCards
            label={words.of}
            value={only}
            onChange={setOnly}
            choices={[
              { value: label, label: words.only(label), about: words.onlyAbout },
              { value: "*", label: words.all, about: words.allAbout },
            ]}
          />
        )}
        <SelectField
          label={words.long}
          value={minutes}
          onChange={(event) => setMinutes(Number(event.target.value))}
          choices={Object.entries(words.lengths).map(([value, name]) => ({ value, label: name }))}
        />
        <TextField
          label={words.why}
          hint={words.whyHint}
          optional
          maxLength={300}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </form>
      {silencing.error && <ErrorState error={silencing.error} inline />}
      <CommandLine command={commandOf("alert.silence.add", input)} />
    </Dialog>
  );
}
