/** Name the present, so that exactly this state can be had back. */
import { type FormEvent, useState } from "react";
import { useFollow } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { TextField } from "../../components/Field.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { useText } from "../../i18n/text.tsx";
import { useWhere } from "../branch/where.tsx";

export function CheckpointDialog({ onClose }: { onClose: () => void }) {
  const text = useText();
  const toasts = useToasts();
  const { ref } = useWhere();
  const making = useFollow("checkpoint");
  const [label, setLabel] = useState("");
  const input = { ref, ...(label.trim() === "" ? {} : { message: label.trim() }) };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const made = await making.start(input);
    if (!made) return;
    toasts.show({ message: text.time.checkpointMade(made.id, made.label ?? "") });
    onClose();
  };
  return (
    <Dialog
      title={text.time.checkpoint}
      onClose={onClose}
      width="narrow"
      footer={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button look="primary" type="submit" form="checkpoint" busy={making.running}>
            {text.time.checkpoint}
          </Button>
        </>
      }
    >
      <form id="checkpoint" onSubmit={(event) => void submit(event)}>
        <TextField
          label={text.time.label}
          hint={text.time.labelHint}
          optional
          value={label}
          onChange={(event) => setLabel(event.target.value)}
          autoFocus
          autoComplete="off"
        />
      </form>
      {making.error && <ErrorState error={making.error} inline />}
      <CommandLine command={commandOf("checkpoint", input)} />
    </Dialog>
  );
}
