/** Branch off, from now or from the moment looked at: database and files together. */
import { type FormEvent, useState } from "react";
import { useFollow } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { TextField } from "../../components/Field.tsx";
import { Progress } from "../../components/Progress.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { useWhere } from "./where.tsx";

const SLUG = /^[a-z][a-z0-9-]{0,38}$/;

export function NewBranch({ at, onClose }: { at: string | null; onClose: () => void }) {
  const text = useText();
  const format = useFormat();
  const where = useWhere();
  const toasts = useToasts();
  const making = useFollow("branch.create");
  const [name, setName] = useState("");
  const input = { ref: where.ref, name, ...(at === null ? {} : { at }) };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!SLUG.test(name)) return;
    const made = await making.start(input);
    if (!made) return;
    toasts.show({ message: text.branch.made(name), tookMs: made.seconds * 1000 });
    onClose();
    where.goTo({ branch: name, at: null });
  };
  return (
    <Dialog
      title={text.branch.newTitle(where.branch)}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button look="primary" type="submit" form="new-branch" busy={making.running} disabled={!SLUG.test(name)}>
            {text.branch.make}
          </Button>
        </>
      }
    >
      <form id="new-branch" onSubmit={(event) => void submit(event)}>
        <p>{at === null ? text.branch.fromNow : text.branch.fromMoment(format.dateTime(at))}</p>
        <TextField
          label={text.common.name}
          value={name}
          onChange={(event) => setName(event.target.value)}
          hint={text.projects.nameHint}
          problem={name !== "" && !SLUG.test(name) ? text.projects.nameBad : null}
          autoFocus
          autoComplete="off"
          spellCheck={false}
        />
      </form>
      {making.running && <Progress step={making.step} label={text.branch.making(name)} />}
      {making.error && <ErrorState error={making.error} inline />}
      <CommandLine command={commandOf("branch.create", input)} />
    </Dialog>
  );
}
