/** Making a project: its name, then how far it is, then straight into it. */
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useId, useState } from "react";
import { useFollow } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { TextField } from "../../components/Field.tsx";
import { Progress } from "../../components/Progress.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { useText } from "../../i18n/text.tsx";
import { isSlug } from "../../modules/slugs.ts";

export function CreateProject({ taken, onClose }: { taken: readonly string[]; onClose: () => void }) {
  const text = useText();
  const toasts = useToasts();
  const navigate = useNavigate();
  const creation = useFollow("project.create");
  const [name, setName] = useState("");
  const formId = useId();
  const problem = problemWith(name, taken, text.projects);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (problem || !name) return;
    const began = performance.now();
    if (!(await creation.start({ name }))) return;
    toasts.show({ message: text.projects.created(name), tookMs: performance.now() - began });
    await navigate({ to: "/projects/$ref", params: { ref: name } });
  };

  return (
    <Dialog
      title={text.projects.create}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button
            type="submit"
            form={formId}
            look="primary"
            busy={creation.running}
            disabled={!name || problem !== null}
          >
            {text.common.create}
          </Button>
        </>
      }
    >
      <form id={formId} onSubmit={(event) => void submit(event)}>
        <TextField
          label={text.projects.nameLabel}
          hint={text.projects.nameHint}
          problem={problem}
          value={name}
          onChange={(event) => setName(event.target.value.trim().toLowerCase())}
          placeholder="shop"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={39}
          readOnly={creation.running}
          autoFocus
        />
      </form>
      {creation.running && <Progress step={creation.step} label={text.projects.creating(name)} />}
      {creation.error && <ErrorState error={creation.error} inline />}
      <CommandLine command={commandOf("project.create", { name: name || "shop" })} />
    </Dialog>
  );
}

interface Words {
  nameBad: string;
  nameTaken: string;
}

function problemWith(name: string, taken: readonly string[], words: Words): string | null {
  if (!name) return null;
  if (!isSlug(name)) return words.nameBad;
  return taken.includes(name) ? words.nameTaken : null;
}
