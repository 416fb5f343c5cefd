/** Asks before what cannot be undone, and then asks for the thing's name. With undo there is no need to ask. */
import { type FormEvent, type ReactNode, useId, useState } from "react";
import type { Step } from "../api/client.ts";
import type { ApiError } from "../api/errors.ts";
import { useText } from "../i18n/text.tsx";
import { Button } from "./Button.tsx";
import { CommandLine } from "./CommandLine.tsx";
import { Dialog } from "./Dialog.tsx";
import { ErrorState } from "./ErrorState.tsx";
import { TextField } from "./Field.tsx";
import { Progress } from "./Progress.tsx";

interface ConfirmDialogProps {
  title: string;
  children: ReactNode;
  /** What has to be typed; without it the button alone confirms. */
  name?: string;
  action: string;
  running: boolean;
  step?: Step | null;
  error: ApiError | null;
  command?: string;
  onConfirm: () => void;
  onClose: () => void;
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, children, name, action, running, step, error, command, onConfirm, onClose } = props;
  const text = useText();
  const formId = useId();
  const [typed, setTyped] = useState("");
  const sure = name === undefined || typed.trim() === name;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (sure && !running) onConfirm();
  };

  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button type="submit" form={formId} look="danger" busy={running} disabled={!sure}>
            {action}
          </Button>
        </>
      }
    >
      {children}
      <form id={formId} onSubmit={submit}>
        {name !== undefined && (
          <TextField
            label={text.confirm.typeName(name)}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            readOnly={running}
            autoFocus
          />
        )}
      </form>
      {running && <Progress step={step ?? null} />}
      {error && <ErrorState error={error} inline />}
      {command && <CommandLine command={command} />}
    </Dialog>
  );
}
