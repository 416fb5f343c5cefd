/** The people of this Nacre: find, invite, open. */
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useOperation } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { useSession } from "../../api/session.ts";
import { Button } from "../../components/Button.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Page } from "../../components/Page.tsx";
import { SearchBox } from "../../components/SearchBox.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Status } from "../../components/Status.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { When } from "../../components/When.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { roleWord } from "../../modules/people/roles.ts";
import { toneOf } from "../../modules/states.ts";
import { Invite } from "./Invite.tsx";
import styles from "./People.module.css";

type Person = OutputOf<"person.list">[number];

export default function People() {
  const text = useText();
  const [inviting, setInviting] = useState(false);
  const [wanted, setWanted] = useState("");
  const { data, error, refetch } = useOperation("person.list", {});
  const found = data?.filter((person) => isWanted(person, wanted.trim().toLowerCase()));

  return (
    <Page
      title={text.people.title}
      actions={
        <>
          {data && data.length > 5 && <SearchBox label={text.people.search} value={wanted} onChange={setWanted} />}
          <Button look="primary" icon="plus" data-creates onClick={() => setInviting(true)}>
            {text.people.invite}
          </Button>
        </>
      }
    >
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !found ? (
        <Skeleton />
      ) : found.length === 0 ? (
        <EmptyState icon="people" title={text.common.noMatches} />
      ) : (
        <PeopleTable people={found} />
      )}
      {data?.length === 1 && (
        <EmptyState icon="people" title={text.people.alone}>
          <p>{text.people.aloneAbout}</p>
        </EmptyState>
      )}
      {inviting && <Invite taken={data?.map((one) => one.name) ?? []} onClose={() => setInviting(false)} />}
    </Page>
  );
}

function PeopleTable({ people }: { people: readonly Person[] }) {
  const text = useText();
  const format = useFormat();
  const session = useSession();
  const columns: readonly Column<Person>[] = [
    {
      key: "name",
      head: text.common.name,
      grow: true,
      cell: (person) => (
        <Link to="/people/$name" params={{ name: person.name }} className={styles.person}>
          <strong>{person.display_name}</strong>
          <code>{person.name}</code>
          {person.name === session.person && <span>{text.common.you}</span>}
        </Link>
      ),
    },
    { key: "role", head: text.people.role, cell: (person) => roleWord(text, person.role) },
    {
      key: "projects",
      head: text.rail.projects,
      align: "end",
      secondary: true,
      cell: (person) => format.number(Object.keys(person.memberships).length),
    },
    {
      key: "state",
      head: text.projects.state,
      cell: (person) => <Status tone={toneOf(person.state)}>{text.states[person.state] ?? person.state}</Status>,
    },
    {
      key: "seen",
      head: text.people.lastSeen,
      secondary: true,
      cell: (person) => (person.last_seen_at ? <When time={person.last_seen_at} /> : text.common.never),
    },
  ];
  return <Table label={text.people.title} columns={columns} rows={people} keyOf={(person) => person.name} />;
}

function isWanted(person: Person, wanted: string): boolean {
  return [person.name, person.display_name, person.email ?? ""].some((words) => words.toLowerCase().includes(wanted));
}
