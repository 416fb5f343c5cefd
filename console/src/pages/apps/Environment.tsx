/** What an app finds in its environment: secrets, whose values nobody sees again, and plain variables. */
import { type FormEvent, useState } from "react";
import { useFollow, useOperation } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { TextField } from "../../components/Field.tsx";
import { Section } from "../../components/Page.tsx";
import { Progress } from "../../components/Progress.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { When } from "../../components/When.tsx";
import { useText } from "../../i18n/text.tsx";
import { useMayWrite } from "../../modules/branch/useMayWrite.ts";
import { nameOf } from "../../modules/publish/apps.ts";
import styles from "./Apps.module.css";
import { useApp, useMayConfigure } from "./app.tsx";

type Secret = OutputOf<"app.secret.list">[number];
type Variable = OutputOf<"app.env.list">[number];
type Configured = OutputOf<"app.secret.set">;

export default function Environment() {
  const text = useText();
  const app = useApp();
  const mayRead = useMayWrite(app.project);
  return (
    <>
      <p className={styles.soft}>
        {text.apps.environment.about} {text.apps.environment.always}
      </p>
      <Secrets />
      {mayRead && <Variables />}
    </>
  );
}

function Secrets() {
  const text = useText();
  const { name: app } = useApp();
  const mayConfigure = useMayConfigure();
  const secrets = useOperation("app.secret.list", { app });
  const setting = useFollow("app.secret.set");
  const [unsetting, setUnsetting] = useState<string | null>(null);
  const told = useTold();
  const columns: readonly Column<Secret>[] = [
    { key: "name", head: text.apps.environment.name, grow: true, cell: (one) => <code>{one.name}</code> },
    { key: "value", head: text.apps.environment.value, cell: () => "••••••" },
    { key: "by", head: text.apps.environment.setBy, secondary: true, cell: (one) => nameOf(one.set_by) },
    { key: "at", head: text.release.when, secondary: true, cell: (one) => <When time={one.set_at} /> },
    {
      key: "unset",
      head: <span className="visually-hidden">{text.common.actions}</span>,
      align: "end",
      cell: (one) =>
        mayConfigure && (
          <Button size="small" onClick={() => setUnsetting(one.name)}>
            {text.apps.environment.unset}
          </Button>
        ),
    },
  ];
  return (
    <Section title={text.apps.environment.secrets} about={text.apps.environment.secretsAbout}>
      {secrets.error && <ErrorState error={secrets.error} inline onRetry={() => void secrets.refetch()} />}
      {!secrets.data ? (
        <Skeleton lines={2} />
      ) : secrets.data.length === 0 ? (
        <p className={styles.soft}>{text.apps.environment.noSecrets}</p>
      ) : (
        <Table
          label={text.apps.environment.secrets}
          columns={columns}
          rows={secrets.data}
          keyOf={(secret) => secret.name}
        />
      )}
      {mayConfigure && (
        <SetOne
          secret
          running={setting.running}
          onSet={async (name, value) =>
            told(await setting.start({ app, name, value }), text.apps.environment.wasSet(name))
          }
        />
      )}
      {setting.running && <Progress step={setting.step} />}
      {setting.error && <ErrorState error={setting.error} inline />}
      <CommandLine command={commandOf("app.secret.set", { app, name: "STRIPE_KEY" })} />
      {unsetting !== null && <UnsetSecret name={unsetting} onClose={() => setUnsetting(null)} />}
    </Section>
  );
}

function Variables() {
  const text = useText();
  const { name: app } = useApp();
  const variables = useOperation("app.env.list", { app });
  const setting = useFollow("app.env.set");
  const unsetting = useFollow("app.env.unset");
  const told = useTold();
  const set = async (name: string, value: string) =>
    told(await setting.start({ app, name, value }), text.apps.environment.wasSet(name));
  const unset = async ({ name, value }: Variable) =>
    told(await unsetting.start({ app, name }), text.apps.environment.wasUnset(name), () => void set(name, value));
  const columns: readonly Column<Variable>[] = [
    { key: "name", head: text.apps.environment.name, cell: (one) => <code>{one.name}</code> },
    { key: "value", head: text.apps.environment.value, grow: true, cell: (one) => <code>{one.value}</code> },
    { key: "by", head: text.apps.environment.setBy, secondary: true, cell: (one) => nameOf(one.set_by) },
    { key: "at", head: text.release.when, secondary: true, cell: (one) => <When time={one.set_at} /> },
    {
      key: "unset",
      head: <span className="visually-hidden">{text.common.actions}</span>,
      align: "end",
      cell: (one) => (
        <Button size="small" disabled={unsetting.running} onClick={() => void unset(one)}>
          {text.apps.environment.unset}
        </Button>
      ),
    },
  ];
  const error = setting.error ?? unsetting.error;
  return (
    <Section title={text.apps.environment.variables} about={text.apps.environment.variablesAbout}>
      {variables.error && <ErrorState error={variables.error} inline onRetry={() => void variables.refetch()} />}
      {!variables.data ? (
        <Skeleton lines={2} />
      ) : variables.data.length === 0 ? (
        <p className={styles.soft}>{text.apps.environment.noVariables}</p>
      ) : (
        <Table
          label={text.apps.environment.variables}
          columns={columns}
          rows={variables.data}
          keyOf={(variable) => variable.name}
        />
      )}
      <SetOne running={setting.running} onSet={set} />
      {(setting.running || unsetting.running) && <Progress step={setting.step ?? unsetting.step} />}
      {error && <ErrorState error={error} inline />}
      <CommandLine command={commandOf("app.env.list", { app })} />
    </Section>
  );
}

interface SetOneProps {
  readonly secret?: boolean;
  readonly running: boolean;
  /** Whether it was set. */
  readonly onSet: (name: string, value: string) => Promise<boolean>;
}

function SetOne({ secret = false, running, onSet }: SetOneProps) {
  const text = useText();
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!(await onSet(name.trim(), value))) return;
    setName("");
    setValue("");
  };
  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)}>
      <TextField
        label={text.apps.environment.name}
        hint={text.apps.environment.nameHint}
        value={name}
        onChange={(event) => setName(event.target.value)}
        autoComplete="off"
        autoCapitalize="characters"
        spellCheck={false}
      />
      <TextField
        label={text.apps.environment.value}
        hint={secret ? text.apps.environment.valueHint : undefined}
        type={secret ? "password" : "text"}
        value={value}
        onChange={(event) => setValue(event.target.value)}
        autoComplete={secret ? "new-password" : "off"}
        spellCheck={false}
      />
      <Button type="submit" icon="plus" busy={running} disabled={name.trim() === "" || value === ""}>
        {secret ? text.apps.environment.set : text.apps.environment.setVariable}
      </Button>
    </form>
  );
}

function UnsetSecret({ name, onClose }: { name: string; onClose: () => void }) {
  const text = useText();
  const { name: app } = useApp();
  const unsetting = useFollow("app.secret.unset");
  const told = useTold();
  const confirm = async () => {
    if (told(await unsetting.start({ app, name }), text.apps.environment.wasUnset(name))) onClose();
  };
  return (
    <ConfirmDialog
      title={text.apps.environment.unsetTitle(name)}
      name={name}
      action={text.apps.environment.unset}
      running={unsetting.running}
      step={unsetting.step}
      error={unsetting.error}
      command={commandOf("app.secret.unset", { app, name })}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{text.apps.environment.unsetAbout}</p>
    </ConfirmDialog>
  );
}

/** Says in a toast what was changed, and which release goes on with it. Whether it was changed at all. */
function useTold() {
  const text = useText();
  const toasts = useToasts();
  return (done: Configured | null, message: string, undo?: () => void): boolean => {
    if (!done) return false;
    const on = done.release ? `. ${text.apps.environment.wentOn(done.release.number)}` : "";
    toasts.show({
      message: `${message}${on}`,
      tookMs: done.release ? done.release.seconds * 1000 : null,
      ...(undo ? { undo } : {}),
    });
    return true;
  };
}
