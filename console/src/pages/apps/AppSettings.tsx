/** What an app may use, whether it sleeps, and the way out. */
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useFollow } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { SelectField, TextField } from "../../components/Field.tsx";
import { Section } from "../../components/Page.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { useText } from "../../i18n/text.tsx";
import styles from "./Apps.module.css";
import { useApp, useMayConfigure } from "./app.tsx";

const IDLE_MINUTES = [5, 15, 60, 240] as const;

export default function AppSettings() {
  const text = useText();
  const mayConfigure = useMayConfigure();
  const [deleting, setDeleting] = useState(false);
  if (!mayConfigure) return <p className={styles.soft}>{text.apps.settings.forAdmins}</p>;
  return (
    <>
      <Resources />
      <Section title={text.apps.settings.end} about={text.apps.settings.deleteBody}>
        <Button look="danger" icon="trash" onClick={() => setDeleting(true)}>
          {text.apps.settings.delete}
        </Button>
      </Section>
      {deleting && <DeleteApp onClose={() => setDeleting(false)} />}
    </>
  );
}

function Resources() {
  const text = useText();
  const toasts = useToasts();
  const app = useApp();
  const scaling = useFollow("app.scale");
  const [memory, setMemory] = useState(app.scale.memory_mb?.toString() ?? "");
  const [cpus, setCpus] = useState(app.scale.cpus?.toString() ?? "");
  const [idle, setIdle] = useState(app.scale.idle_minutes?.toString() ?? "");
  const input = {
    app: app.name,
    ...(memory === "" ? {} : { memory_mb: Number(memory) }),
    ...(cpus === "" ? {} : { cpus: Number(cpus) }),
    ...(idle === "" ? {} : { idle_minutes: Number(idle) }),
  };
  const choices = [...new Set([...IDLE_MINUTES, ...(app.scale.idle_minutes ? [app.scale.idle_minutes] : [])])].toSorted(
    (a, b) => a - b,
  );
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (await scaling.start(input)) toasts.show({ message: text.apps.settings.saved });
  };
  return (
    <Section title={text.apps.settings.resources} about={text.apps.settings.resourcesAbout}>
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        <TextField
          label={text.apps.settings.memoryMb}
          type="number"
          min={64}
          step={1}
          placeholder={text.apps.asReleased}
          value={memory}
          onChange={(event) => setMemory(event.target.value)}
        />
        <TextField
          label={text.apps.settings.cpus}
          type="number"
          min={0.1}
          step={0.1}
          placeholder={text.apps.asReleased}
          value={cpus}
          onChange={(event) => setCpus(event.target.value)}
        />
        <SelectField
          label={text.apps.settings.idle}
          hint={text.apps.settings.idleAbout}
          value={idle}
          onChange={(event) => setIdle(event.target.value)}
          choices={[
            { value: "", label: text.apps.asReleased },
            { value: "0", label: text.apps.settings.never },
            ...choices.map((minutes) => ({
              value: String(minutes),
              label: text.apps.settings.idleAfter(minutes),
            })),
          ]}
        />
        <Button type="submit" icon="save" busy={scaling.running}>
          {text.common.save}
        </Button>
      </form>
      {scaling.error && <ErrorState error={scaling.error} inline />}
      <CommandLine command={commandOf("app.scale", input)} />
    </Section>
  );
}

function DeleteApp({ onClose }: { onClose: () => void }) {
  const text = useText();
  const navigate = useNavigate();
  const toasts = useToasts();
  const { name: app } = useApp();
  const deleting = useFollow("app.delete");
  const confirm = async () => {
    const began = performance.now();
    if (!(await deleting.start({ app }))) return;
    toasts.show({ message: text.apps.settings.deleted(app), tookMs: performance.now() - began });
    await navigate({ to: "/app" });
  };
  return (
    <ConfirmDialog
      title={text.apps.settings.deleteTitle(app)}
      name={app}
      action={text.common.delete}
      running={deleting.running}
      step={deleting.step}
      error={deleting.error}
      command={commandOf("app.delete", { app })}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{text.apps.settings.deleteBody}</p>
    </ConfirmDialog>
  );
}
