/** Who works in a project, and as what: add, change, remove, each taken back by a click. */
import { type FormEvent, useState } from "react";
import { useFollow, useOperation } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { useMay, useSession } from "../../api/session.ts";
import { Button, IconButton } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { SelectField } from "../../components/Field.tsx";
import { Section } from "../../components/Page.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { When } from "../../components/When.tsx";
import { useText } from "../../i18n/text.tsx";
import styles from "./Members.module.css";
import { type GivenRole, projectRoles, roleWord } from "./roles.ts";

type Member = OutputOf<"member.list">[number];

export function Members({ project }: { project: string }) {
  const text = useText();
  const session = useSession();
  const mayChange = useMay()("admin", project);
  const { data, error, refetch } = useOperation("member.list", { ref: project });
  const { setRole, remove } = useMembership(project);

  const columns: readonly Column<Member>[] = [
    {
      key: "name",
      head: text.common.name,
      grow: true,
      cell: (member) => (
        <>
          {member.display_name} <code className={styles.slug}>{member.name}</code>
          {member.name === session.person && <span className={styles.slug}> {text.common.you}</span>}
        </>
      ),
    },
    {
      key: "role",
      head: text.people.role,
      cell: (member) =>
        mayChange ? (
          <select
            className={styles.select}
            aria-label={text.people.roleOf(member.display_name)}
            value={member.role}
            onChange={(event) => void setRole(member.name, event.target.value as GivenRole, member.role as GivenRole)}
          >
            {projectRoles(text).map((role) => (
              <option key={role.value} value={role.value}>
                {role.label}
              </option>
            ))}
          </select>
        ) : (
          roleWord(text, member.role)
        ),
    },
    { key: "since", head: text.people.since, secondary: true, cell: (member) => <When time={member.created_at} /> },
    {
      key: "remove",
      head: <span className="visually-hidden">{text.common.actions}</span>,
      align: "end",
      cell: (member) =>
        mayChange && (
          <IconButton
            icon="close"
            size="small"
            label={text.people.removeFrom(member.display_name, project)}
            onClick={() => void remove(member.name, member.role as GivenRole)}
          />
        ),
    },
  ];

  return (
    <Section title={text.people.members} about={text.people.membersAbout}>
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton />
      ) : data.length === 0 ? (
        <EmptyState icon="people" title={text.people.noMembers} />
      ) : (
        <Table label={text.people.members} columns={columns} rows={data} keyOf={(member) => member.name} />
      )}
      {mayChange && data && <AddMember project={project} members={data} onAdd={(name, role) => setRole(name, role)} />}
    </Section>
  );
}

function AddMember(props: {
  project: string;
  members: readonly Member[];
  onAdd: (name: string, role: GivenRole) => Promise<void>;
}) {
  const text = useText();
  const { project, members, onAdd } = props;
  const { data: people } = useOperation("person.list", {});
  const [name, setName] = useState("");
  const [role, setRole] = useState<GivenRole>("user");
  const others = people?.filter((person) => !members.some((member) => member.name === person.name)) ?? [];
  const chosen = others.find((person) => person.name === name)?.name ?? others[0]?.name;
  if (!chosen) return null;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    await onAdd(chosen, role);
    setName("");
  };

  return (
    <form onSubmit={(event) => void submit(event)} className={styles.add}>
      <SelectField
        label={text.people.person}
        value={chosen}
        choices={others.map((person) => ({
          value: person.name,
          label: person.display_name === person.name ? person.name : `${person.display_name} (${person.name})`,
        }))}
        onChange={(event) => setName(event.target.value)}
      />
      <SelectField
        label={text.people.role}
        value={role}
        choices={projectRoles(text)}
        onChange={(event) => setRole(event.target.value as GivenRole)}
      />
      <Button type="submit" icon="plus">
        {text.people.add}
      </Button>
      <CommandLine command={commandOf("member.set", { ref: project, name: chosen, role })} />
    </form>
  );
}

/** Changes of membership, with their undo. */
export function useMembership(project: string) {
  const text = useText();
  const toasts = useToasts();
  const setting = useFollow("member.set");
  const removal = useFollow("member.remove");

  const setRole = async (name: string, role: GivenRole, before?: GivenRole) => {
    const done = await setting.start({ ref: project, name, role });
    if (!done) return;
    toasts.show({
      message: text.people.nowHas(done.display_name, roleWord(text, role), project),
      undo: () =>
        void (before ? setting.start({ ref: project, name, role: before }) : removal.start({ ref: project, name })),
    });
  };
  const remove = async (name: string, before: GivenRole) => {
    const done = await removal.start({ ref: project, name });
    if (!done) return;
    toasts.show({
      message: text.people.removedFrom(done.display_name, project),
      undo: () => void setting.start({ ref: project, name, role: before }),
    });
  };
  return { setRole, remove, error: setting.error ?? removal.error };
}
