/** How a machine joins: what it is for, then the command with its token, until it has joined. */
import { type FormEvent, useId, useState } from "react";
import { useFollow, useOperation } from "../../../api/hooks.ts";
import type { InputOf, OutputOf } from "../../../api/operations.ts";
import { commandOf } from "../../../api/requests.ts";
import { Button } from "../../../components/Button.tsx";
import { CommandLine } from "../../../components/CommandLine.tsx";
import { Copyable } from "../../../components/Copyable.tsx";
import { Dialog } from "../../../components/Dialog.tsx";
import { ErrorState } from "../../../components/ErrorState.tsx";
import { CheckField, TextField } from "../../../components/Field.tsx";
import { Status } from "../../../components/Status.tsx";
import { useFormat, useText } from "../../../i18n/text.tsx";
import { hasJoined, type Node } from "../../../modules/nodes/nodes.ts";
import { isSlug } from "../../../modules/slugs.ts";
import system from "../System.module.css";

type NodeRole = NonNullable<InputOf<"node.add">["role"]>[number];

const ROLES: readonly NodeRole[] = ["runtime", "runner", "workspace"];
const LOOK_MS = 1_500;

/** `again`: for one that never joined, whose token is lost or has expired. */
export function AddNode({ again, onClose }: { again?: Node | undefined; onClose: () => void }) {
  const text = useText();
  const formId = useId();
  const adding = useFollow("node.add");
  const [name, setName] = useState(again?.name ?? "");
  const [roles, setRoles] = useState<readonly NodeRole[]>(again?.roles ?? ["runtime"]);
  const input = { name: name.trim(), role: [...roles] };
  const fits = isSlug(input.name) && roles.length > 0;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (fits) void adding.start(input);
  };
  if (adding.result) return <Join added={adding.result} onClose={onClose} />;
  return (
    <Dialog
      title={again ? text.nodes.againTitle(again.name) : text.nodes.add}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button type="submit" form={formId} look="primary" busy={adding.running} disabled={!fits}>
            {text.nodes.addDo}
          </Button>
        </>
      }
    >
      {again && <p>{text.nodes.againAbout}</p>}
      <form id={formId} onSubmit={submit} className={system.stack}>
        <TextField
          label={text.nodes.name}
          hint={text.projects.nameBad}
          value={name}
          onChange={(event) => setName(event.target.value)}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          readOnly={again !== undefined}
          autoFocus
        />
        {ROLES.map((role) => (
          <CheckField
            key={role}
            label={text.nodes.roleNames[role] ?? role}
            hint={text.nodes.roleAbout[role]}
            checked={roles.includes(role)}
            onChange={(event) =>
              setRoles(event.target.checked ? [...roles, role] : roles.filter((other) => other !== role))
            }
          />
        ))}
      </form>
      {adding.error && <ErrorState error={adding.error} inline />}
      <CommandLine command={commandOf("node.add", input)} />
    </Dialog>
  );
}

function Join({ added, onClose }: { added: OutputOf<"node.add">; onClose: () => void }) {
  const text = useText();
  const format = useFormat();
  const { data } = useOperation("node.list", {}, { refetchInterval: LOOK_MS });
  const joined = data?.some((node) => node.name === added.name && hasJoined(node)) ?? false;
  return (
    <Dialog
      title={text.nodes.joinTitle(added.name)}
      onClose={onClose}
      footer={<Button onClick={onClose}>{text.common.done}</Button>}
    >
      {added.certificate && (
        <>
          <p>{text.nodes.certificateFirst}</p>
          <Copyable value={added.certificate} label={text.nodes.certificate} />
        </>
      )}
      <p>{text.nodes.joinAbout}</p>
      <Copyable value={added.join} label={text.nodes.joinTitle(added.name)} prompt />
      <p>{text.nodes.expires(format.dateTime(added.expires_at))}</p>
      <p role="status">
        <Status tone={joined ? "good" : "wait"}>
          {joined ? text.nodes.hasJoined(added.name) : text.nodes.waits(added.name)}
        </Status>
      </p>
    </Dialog>
  );
}
