/** An app's own database and uploads: look at any second of them, and put them back to it. */
import { Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useFollow, useOperation } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { CheckField, TextField } from "../../components/Field.tsx";
import { Section } from "../../components/Page.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { When } from "../../components/When.tsx";
import { useText } from "../../i18n/text.tsx";
import styles from "./Apps.module.css";
import { useApp, useMayConfigure } from "./app.tsx";

const CHECKPOINTS_SHOWN = 8;

export default function AppDatabase() {
  const text = useText();
  const app = useApp();
  if (app.database === null) {
    return (
      <EmptyState icon="database" title={text.apps.database.title}>
        <p>{text.apps.database.noneYet}</p>
      </EmptyState>
    );
  }
  return <Data branch={app.database} />;
}

function Data({ branch }: { branch: string }) {
  const text = useText();
  const navigate = useNavigate();
  const mayConfigure = useMayConfigure();
  const log = useOperation("log", { ref: branch });
  const [moment, setMoment] = useState("");
  const [rewinding, setRewinding] = useState(false);
  const named = (log.data ?? []).filter((entry) => entry.kind === "checkpoint").slice(-CHECKPOINTS_SHOWN);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (moment.trim() !== "") setRewinding(true);
  };
  return (
    <>
      <p className={styles.soft}>
        {text.apps.database.about} {text.apps.database.checkpoints}
      </p>
      <div className={styles.buttons}>
        <Button icon="moment" onClick={() => void navigate({ to: "/projects/$ref/time", params: { ref: branch } })}>
          {text.apps.database.openTime}
        </Button>
        <Button icon="database" onClick={() => void navigate({ to: "/projects/$ref/data", params: { ref: branch } })}>
          {text.apps.database.openData}
        </Button>
      </div>
      <Section title={text.apps.database.rewind} about={text.apps.database.rewindAbout}>
        {named.length > 0 && (
          <ul>
            {named.toReversed().map((entry) => (
              <li key={entry.id}>
                <Link to="/projects/$ref/time" params={{ ref: branch }} search={{ at: entry.time }}>
                  #{entry.id} {entry.label}
                </Link>{" "}
                <span className={styles.soft}>
                  <When time={entry.time} />
                </span>
              </li>
            ))}
          </ul>
        )}
        {mayConfigure && (
          <form className={styles.form} onSubmit={submit}>
            <TextField
              label={text.apps.database.moment}
              hint={text.apps.database.momentHint}
              placeholder="10m"
              value={moment}
              onChange={(event) => setMoment(event.target.value)}
              autoComplete="off"
              spellCheck={false}
            />
            <Button type="submit" icon="rewind" disabled={moment.trim() === ""}>
              {text.apps.database.rewindTo}
            </Button>
          </form>
        )}
      </Section>
      {rewinding && <RewindData moment={moment.trim()} onClose={() => setRewinding(false)} />}
    </>
  );
}

function RewindData({ moment, onClose }: { moment: string; onClose: () => void }) {
  const text = useText();
  const toasts = useToasts();
  const app = useApp();
  const rewinding = useFollow("app.rewind");
  const undoing = useFollow("undo");
  const [code, setCode] = useState(false);
  const input = { app: app.name, moment, code };
  const confirm = async () => {
    const done = await rewinding.start(input);
    if (!done) return;
    const branch = app.database;
    toasts.show({
      message: text.apps.database.rewound(app.name),
      tookMs: done.data.seconds * 1000,
      ...(branch === null ? {} : { undo: () => void undoing.start({ ref: branch }) }),
    });
    onClose();
  };
  return (
    <ConfirmDialog
      title={text.apps.database.rewindTitle(moment)}
      action={text.apps.database.doRewind}
      running={rewinding.running}
      step={rewinding.step}
      error={rewinding.error}
      command={commandOf("app.rewind", input)}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{text.apps.database.doesNot}</p>
      <CheckField
        label={text.apps.database.codeToo}
        hint={text.apps.database.codeTooHint}
        checked={code}
        onChange={(event) => setCode(event.target.checked)}
      />
    </ConfirmDialog>
  );
}
