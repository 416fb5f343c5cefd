/** Making a token: for what, as what, for how long; then the token itself, this once. */
import { type FormEvent, useId, useState } from "react";
import { useFollow, useOperation } from "../../api/hooks.ts";
import type { InputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { atLeast, useSession } from "../../api/session.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { Copyable } from "../../components/Copyable.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { CheckField, RadioCards, SelectField, TextField } from "../../components/Field.tsx";
import { useText } from "../../i18n/text.tsx";
import { type GivenRole, projectRoles } from "../../modules/people/roles.ts";
import styles from "./CreateToken.module.css";

const LIFETIMES_DAYS = [7, 30, 90, 365] as const;

export function CreateToken({ onClose }: { onClose: () => void }) {
  const text = useText();
  const session = useSession();
  const { data: projects } = useOperation("project.list", {});
  const creation = useFollow("token.create");
  const [name, setName] = useState("");
  const [kind, setKind] = useState<"agent" | "person">("agent");
  const [role, setRole] = useState<GivenRole>("user");
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [days, setDays] = useState("90");
  const formId = useId();
  const highest = Object.values(session.projects).reduce((a, b) => (atLeast(a, b) ? a : b), session.role);

  const input: InputOf<"token.create"> = {
    name: name.trim(),
    kind,
    role,
    ...(chosen.length > 0 ? { project: [...chosen] } : {}),
    ...(days ? { days: Number(days) } : {}),
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim()) void creation.start(input);
  };

  if (creation.result) return <Created name={name} token={creation.result.token} onClose={onClose} />;
  return (
    <Dialog
      title={text.tokens.create}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button type="submit" form={formId} look="primary" busy={creation.running} disabled={!name.trim()}>
            {text.common.create}
          </Button>
        </>
      }
    >
      <form id={formId} onSubmit={submit} style={{ display: "contents" }}>
        <TextField
          label={text.tokens.purpose}
          hint={text.tokens.purposeHint}
          value={name}
          maxLength={80}
          autoComplete="off"
          required
          autoFocus
          onChange={(event) => setName(event.target.value)}
        />
        <RadioCards
          label={text.people.role}
          value={role}
          choices={projectRoles(text).filter((one) => atLeast(highest, one.value))}
          onChange={(value) => setRole(value as GivenRole)}
        />
        {projects && projects.length > 0 && (
          <fieldset className={styles.projects}>
            <legend>{text.rail.projects}</legend>
            <p>{text.tokens.projectsHint}</p>
            <div className={styles.list}>
              {projects.map(({ ref }) => (
                <CheckField
                  key={ref}
                  label={ref}
                  checked={chosen.includes(ref)}
                  onChange={(event) =>
                    setChosen(event.target.checked ? [...chosen, ref] : chosen.filter((one) => one !== ref))
                  }
                />
              ))}
            </div>
          </fieldset>
        )}
        <div className={styles.pair}>
          <SelectField
            label={text.tokens.usedBy}
            value={kind}
            choices={[
              { value: "agent", label: text.tokens.agent },
              { value: "person", label: text.tokens.program },
            ]}
            onChange={(event) => setKind(event.target.value as "agent" | "person")}
          />
          <SelectField
            label={text.tokens.lifetime}
            value={days}
            choices={[
              ...LIFETIMES_DAYS.map((count) => ({ value: String(count), label: text.tokens.days(count) })),
              { value: "", label: text.tokens.forever },
            ]}
            onChange={(event) => setDays(event.target.value)}
          />
        </div>
      </form>
      {creation.error && <ErrorState error={creation.error} inline />}
      <CommandLine command={commandOf("token.create", name.trim() ? input : { ...input, name: "ci" })} />
    </Dialog>
  );
}

function Created({ name, token, onClose }: { name: string; token: string; onClose: () => void }) {
  const text = useText();
  return (
    <Dialog
      title={text.tokens.created(name)}
      onClose={onClose}
      footer={
        <Button look="primary" onClick={onClose}>
          {text.common.done}
        </Button>
      }
    >
      <p>{text.tokens.shownOnce}</p>
      <Copyable value={token} label={text.tokens.token} />
      <p>{text.tokens.howToUse}</p>
      <Copyable
        value={`NACRE_URL=${window.location.origin} NACRE_TOKEN=… nacre status`}
        label={text.common.sameOnCommandLine}
        prompt
      />
    </Dialog>
  );
}
