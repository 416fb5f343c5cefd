/** The machines that joined: what they do, whether they are heard of, how another one joins. */
import { type FormEvent, useId, useState } from "react";
import { useFollow, useOperation } from "../../api/hooks.ts";
import type { InputOf, OutputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { Copyable } from "../../components/Copyable.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { CheckField, TextField } from "../../components/Field.tsx";
import { Icon } from "../../components/Icon.tsx";
import { Menu } from "../../components/Menu.tsx";
import { Page } from "../../components/Page.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Status } from "../../components/Status.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { When } from "../../components/When.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { isSlug } from "../../modules/slugs.ts";
import { toneOf } from "../../modules/states.ts";
import styles from "./System.module.css";
import { SystemTabs } from "./SystemTabs.tsx";

type Node = OutputOf<"node.list">[number];
type NodeRole = NonNullable<InputOf<"node.add">["role"]>[number];

const ROLES: readonly NodeRole[] = ["runner", "runtime", "workspace"];
const HERE = "local";
const EVERY_MS = 5_000; // a heartbeat makes no event

export default function Nodes() {
  const text = useText();
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<string | null>(null);
  const { data, error, refetch } = useOperation("node.list", {}, { refetchInterval: EVERY_MS });
  const add = (
    <Button look="primary" icon="plus" data-creates onClick={() => setAdding(true)}>
      {text.nodes.add}
    </Button>
  );
  return (
    <Page title={text.rail.system} actions={data && data.length > 0 && add}>
      <SystemTabs />
      <p className={styles.fine}>{text.nodes.about}</p>
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton />
      ) : data.length === 0 ? (
        <EmptyState icon="system" title={text.nodes.empty} action={add}>
          <p>{text.nodes.emptyAbout}</p>
        </EmptyState>
      ) : (
        <NodeTable nodes={data} onRemove={setRemoving} />
      )}
      <CommandLine command={commandOf("node.list", {})} />
      {adding && <AddNode onClose={() => setAdding(false)} />}
      {removing !== null && <RemoveNode name={removing} onClose={() => setRemoving(null)} />}
    </Page>
  );
}

function NodeTable({ nodes, onRemove }: { nodes: readonly Node[]; onRemove: (name: string) => void }) {
  const text = useText();
  const format = useFormat();
  const toasts = useToasts();
  const draining = useFollow("node.drain");
  const takeUp = (name: string) => void draining.start({ name, off: true });
  const drain = async (name: string) => {
    if (!(await draining.start({ name }))) return;
    toasts.show({ message: text.nodes.drained(name), undo: () => takeUp(name) });
  };
  const columns: readonly Column<Node>[] = [
    {
      key: "name",
      head: text.nodes.node,
      grow: true,
      cell: (node) => (node.name === HERE ? `${node.name} (${text.nodes.here})` : node.name),
    },
    {
      key: "roles",
      head: text.nodes.roles,
      cell: (node) => format.list(node.roles.map((role) => text.nodes.roleNames[role] ?? role)),
    },
    {
      key: "state",
      head: text.nodes.state,
      cell: (node) => <Status tone={toneOf(node.state)}>{text.nodes.states[node.state]}</Status>,
    },
    {
      key: "heartbeat",
      head: text.nodes.heartbeat,
      secondary: true,
      cell: (node) => (node.last_heard_at === null ? text.common.never : <When time={node.last_heard_at} />),
    },
    {
      key: "menu",
      head: <span className="visually-hidden">{text.common.actions}</span>,
      align: "end",
      cell: (node) => (
        <Menu
          label={`${text.common.actions}: ${node.name}`}
          align="end"
          button={<Icon name="more" />}
          items={[
            node.state === "draining" || node.state === "drained"
              ? { label: text.nodes.takeUp, icon: "play", onChoose: () => takeUp(node.name) }
              : { label: text.nodes.drain, icon: "stop", onChoose: () => void drain(node.name) },
            ...(node.name === HERE
              ? []
              : [
                  {
                    label: text.nodes.remove,
                    icon: "trash",
                    danger: true,
                    onChoose: () => onRemove(node.name),
                  } as const,
                ]),
          ]}
        />
      ),
    },
  ];
  return (
    <>
      {draining.error && <ErrorState error={draining.error} inline />}
      <Table label={text.nodes.title} columns={columns} rows={nodes} keyOf={(node) => node.name} />
    </>
  );
}

function AddNode({ onClose }: { onClose: () => void }) {
  const text = useText();
  const formId = useId();
  const adding = useFollow("node.add");
  const [name, setName] = useState("");
  const [roles, setRoles] = useState<readonly NodeRole[]>(["runner"]);
  const input = { name: name.trim(), role: [...roles] };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isSlug(input.name) && roles.length > 0) void adding.start(input);
  };
  if (adding.result) {
    return (
      <Dialog
        title={text.nodes.joinTitle(input.name)}
        onClose={onClose}
        footer={<Button onClick={onClose}>{text.common.done}</Button>}
      >
        <p>{text.nodes.joinAbout}</p>
        <Copyable value={adding.result.join} label={text.nodes.joinTitle(input.name)} prompt />
        {adding.result.certificate && (
          <>
            <p>{text.nodes.certificateFirst}</p>
            <Copyable value={adding.result.certificate} label={text.nodes.certificate} />
          </>
        )}
      </Dialog>
    );
  }
  return (
    <Dialog
      title={text.nodes.add}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button
            type="submit"
            form={formId}
            look="primary"
            busy={adding.running}
            disabled={!isSlug(input.name) || roles.length === 0}
          >
            {text.nodes.addDo}
          </Button>
        </>
      }
    >
      <form id={formId} onSubmit={submit} className={styles.stack}>
        <TextField
          label={text.nodes.name}
          hint={text.projects.nameBad}
          value={name}
          onChange={(event) => setName(event.target.value)}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
        />
        {ROLES.map((role) => (
          <CheckField
            key={role}
            label={text.nodes.roleNames[role] ?? role}
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

function RemoveNode({ name, onClose }: { name: string; onClose: () => void }) {
  const text = useText();
  const toasts = useToasts();
  const removing = useFollow("node.remove");
  const confirm = async () => {
    if (!(await removing.start({ name }))) return;
    toasts.show({ message: text.nodes.removed(name) });
    onClose();
  };
  return (
    <ConfirmDialog
      title={text.nodes.removeTitle(name)}
      name={name}
      action={text.nodes.remove}
      running={removing.running}
      error={removing.error}
      command={commandOf("node.remove", { name })}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{text.nodes.removeAbout}</p>
    </ConfirmDialog>
  );
}
