/** Who works in a project, and as what. */
import { type FormEvent, useState } from "react";
import { useFollow, useOperation } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { SelectField } from "../../components/Field.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Table } from "../../components/Table.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { useText } from "../../i18n/text.tsx";
import { useWhere } from "../branch/where.tsx";
import styles from "./Members.module.css";

const ROLES = ["viewer", "user", "admin"] as const;
type Role = (typeof ROLES)[number];

export function Members({ mayChange }: { mayChange: boolean }) {
  const text = useText();
  const toasts = useToasts();
  const { project } = useWhere();
  const members = useOperation("member.list", { ref: project });
  const setting = useFollow("member.set");
  const removing = useFollow("member.remove");
  if (members.error) return <ErrorState error={members.error} inline onRetry={() => void members.refetch()} />;
  if (!members.data) return <Skeleton />;

  const remove = async (name: string, role: string) => {
    if (!(await removing.start({ ref: project, name }))) return;
    const undo = () => void setting.start({ ref: project, name, role: role as Role });
    toasts.show({ message: text.projectSettings.memberRemoved(name), undo });
  };
  return (
    <>
      {members.data.length === 0 ? (
        <p className={styles.none}>{text.projectSettings.noMembers}</p>
      ) : (
        <Table
          label={text.projectSettings.members}
          rows={members.data}
          keyOf={(member) => member.name}
          columns={[
            {
              key: "name",
              head: text.common.name,
              grow: true,
              cell: (member) => `${member.display_name} (${member.name})`,
            },
            {
              key: "role",
              head: text.projectSettings.role,
              cell: (member) =>
                mayChange ? (
                  <select
                    className={styles.role}
                    aria-label={`${text.projectSettings.role}: ${member.name}`}
                    value={member.role}
                    onChange={(event) =>
                      void setting.start({ ref: project, name: member.name, role: event.target.value as Role })
                    }
                  >
                    {ROLES.map((role) => (
                      <option key={role} value={role}>
                        {text.role[role]}
                      </option>
                    ))}
                  </select>
                ) : (
                  text.role[member.role as Role]
                ),
            },
            {
              key: "remove",
              head: "",
              cell: (member) =>
                mayChange && (
                  <Button size="small" onClick={() => void remove(member.name, member.role)}>
                    {text.common.remove}
                  </Button>
                ),
            },
          ]}
        />
      )}
      {mayChange && <AddMember present={members.data.map((member) => member.name)} />}
      {(setting.error ?? removing.error) && <ErrorState error={(setting.error ?? removing.error) as never} inline />}
      <CommandLine command={commandOf("member.list", { ref: project })} />
    </>
  );
}

function AddMember({ present }: { present: readonly string[] }) {
  const text = useText();
  const { project } = useWhere();
  const people = useOperation("person.list", {});
  const adding = useFollow("member.set");
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("user");
  const others = (people.data ?? []).filter((person) => !present.includes(person.name));
  if (others.length === 0) return null;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (name !== "" && (await adding.start({ ref: project, name, role }))) setName("");
  };
  return (
    <form className={styles.add} onSubmit={(event) => void submit(event)}>
      <SelectField
        label={text.projectSettings.person}
        value={name}
        onChange={(event) => setName(event.target.value)}
        choices={[
          { value: "", label: "" },
          ...others.map((person) => ({ value: person.name, label: `${person.display_name} (${person.name})` })),
        ]}
      />
      <SelectField
        label={text.projectSettings.role}
        value={role}
        onChange={(event) => setRole(event.target.value as Role)}
        choices={ROLES.map((each) => ({ value: each, label: text.role[each] }))}
      />
      <Button type="submit" icon="plus" busy={adding.running} disabled={name === ""}>
        {text.projectSettings.add}
      </Button>
      {adding.error && <ErrorState error={adding.error} inline />}
    </form>
  );
}
