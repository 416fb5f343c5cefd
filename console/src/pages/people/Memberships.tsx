/** The projects that a person is a member of. */
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useOperation } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { Button, IconButton } from "../../components/Button.tsx";
import { SelectField } from "../../components/Field.tsx";
import { Section } from "../../components/Page.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { useText } from "../../i18n/text.tsx";
import { useMembership } from "../../modules/people/membership.ts";
import { type GivenRole, projectRoles } from "../../modules/people/roles.ts";
import styles from "./Memberships.module.css";

type Person = OutputOf<"person.show">;

interface Membership {
  project: string;
  role: GivenRole;
}

export function Memberships({ person }: { person: Person }) {
  const text = useText();
  const rows = Object.entries(person.memberships).map(([project, role]) => ({ project, role: role as GivenRole }));
  const columns: readonly Column<Membership>[] = [
    {
      key: "project",
      head: text.projects.nameLabel,
      grow: true,
      cell: ({ project }) => (
        <Link to="/projects/$ref" params={{ ref: project }}>
          {project}
        </Link>
      ),
    },
    { key: "role", head: text.people.role, cell: (row) => <RoleIn person={person} {...row} /> },
    {
      key: "remove",
      head: <span className="visually-hidden">{text.common.actions}</span>,
      align: "end",
      cell: (row) => <RemoveFrom person={person} {...row} />,
    },
  ];
  const everywhere = person.role === "admin" ? text.people.adminEverywhere : text.people.membershipsAbout;
  return (
    <Section title={text.rail.projects} about={everywhere}>
      {rows.length > 0 && (
        <Table label={text.rail.projects} columns={columns} rows={rows} keyOf={(row) => row.project} />
      )}
      <AddTo person={person} />
    </Section>
  );
}

function RoleIn({ person, project, role }: Membership & { person: Person }) {
  const text = useText();
  const { setRole } = useMembership(project);
  return (
    <select
      className={styles.select}
      aria-label={text.people.roleOf(project)}
      value={role}
      onChange={(event) => void setRole(person.name, event.target.value as GivenRole, role)}
    >
      {projectRoles(text).map((choice) => (
        <option key={choice.value} value={choice.value}>
          {choice.label}
        </option>
      ))}
    </select>
  );
}

function RemoveFrom({ person, project, role }: Membership & { person: Person }) {
  const text = useText();
  const { remove } = useMembership(project);
  return (
    <IconButton
      icon="close"
      size="small"
      label={text.people.removeFrom(person.display_name, project)}
      onClick={() => void remove(person.name, role)}
    />
  );
}

function AddTo({ person }: { person: Person }) {
  const text = useText();
  const { data: projects } = useOperation("project.list", {});
  const [wanted, setWanted] = useState("");
  const [role, setRole] = useState<GivenRole>("user");
  const others = projects?.map((one) => one.ref).filter((ref) => !(ref in person.memberships)) ?? [];
  const project = others.includes(wanted) ? wanted : (others[0] ?? "");
  const membership = useMembership(project);
  if (!project) return null;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void membership.setRole(person.name, role);
  };

  return (
    <form onSubmit={submit} className={styles.add}>
      <SelectField
        label={text.people.addToProject}
        value={project}
        choices={others.map((ref) => ({ value: ref, label: ref }))}
        onChange={(event) => setWanted(event.target.value)}
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
    </form>
  );
}
