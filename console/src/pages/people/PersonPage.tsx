/** One person: role, projects, browsers they are signed in with, and what an admin may do about them. */
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useFollow, useOperation } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { useSession } from "../../api/session.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { RadioCards } from "../../components/Field.tsx";
import { Icon } from "../../components/Icon.tsx";
import { Menu } from "../../components/Menu.tsx";
import { Page, Section } from "../../components/Page.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Status } from "../../components/Status.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { useText } from "../../i18n/text.tsx";
import { type GivenRole, roleWord, systemRoles } from "../../modules/people/roles.ts";
import { toneOf } from "../../modules/states.ts";
import { Browsers } from "../account/Browsers.tsx";
import { Memberships } from "./Memberships.tsx";
import { OneTimeLink } from "./OneTimeLink.tsx";
import styles from "./PersonPage.module.css";

type Person = OutputOf<"person.show">;

export default function PersonPage() {
  const { name } = useParams({ from: "/signed-in/people/$name" });
  const { data, error, refetch } = useOperation("person.show", { name });
  if (error && !data) return <ErrorState error={error} onRetry={() => void refetch()} />;
  return data ? <Shown person={data} /> : <Skeleton />;
}

function Shown({ person }: { person: Person }) {
  const text = useText();
  const self = useSession().person === person.name;
  return (
    <Page
      title={person.display_name}
      about={
        <span className={styles.facts}>
          <code>{person.name}</code>
          {person.email && <span>{person.email}</span>}
          <Status tone={toneOf(person.state)}>{text.states[person.state] ?? person.state}</Status>
        </span>
      }
      actions={!self && <PersonActions person={person} />}
    >
      <RoleChoice person={person} locked={self} />
      <Memberships person={person} />
      {person.state !== "invited" && <Browsers person={person.name} />}
    </Page>
  );
}

function RoleChoice({ person, locked }: { person: Person; locked: boolean }) {
  const text = useText();
  const toasts = useToasts();
  const update = useFollow("person.update");

  const choose = async (role: GivenRole) => {
    const before = person.role as GivenRole;
    if (role === before || !(await update.start({ name: person.name, role }))) return;
    toasts.show({
      message: text.people.nowIs(person.display_name, roleWord(text, role)),
      undo: () => void update.start({ name: person.name, role: before }),
    });
  };

  return (
    <Section title={text.people.role} about={locked ? text.people.ownRole : undefined}>
      <fieldset disabled={locked || update.running} className={styles.roles}>
        <RadioCards
          label={<span className="visually-hidden">{text.people.role}</span>}
          value={person.role}
          choices={systemRoles(text)}
          onChange={(value) => void choose(value as GivenRole)}
        />
      </fieldset>
      {update.error && <ErrorState error={update.error} inline />}
      <CommandLine command={commandOf("person.update", { name: person.name, role: person.role as GivenRole })} />
    </Section>
  );
}

function PersonActions({ person }: { person: Person }) {
  const text = useText();
  const toasts = useToasts();
  const link = useFollow("person.reset-link");
  const disable = useFollow("person.disable");
  const enable = useFollow("person.enable");
  const [removing, setRemoving] = useState(false);
  const { name, display_name: shown } = person;

  const lockOut = async () => {
    const began = performance.now();
    if (!(await disable.start({ name }))) return;
    const tookMs = performance.now() - began;
    toasts.show({ message: text.people.disabled(shown), tookMs, undo: () => void enable.start({ name }) });
  };
  const makeLink = async () => {
    if (!(await link.start({ name }))) toasts.fail(link.error);
  };

  return (
    <>
      {person.state === "disabled" ? (
        <Button busy={enable.running} onClick={() => void enable.start({ name })}>
          {text.people.enable}
        </Button>
      ) : (
        <Button icon="key" busy={link.running} onClick={() => void makeLink()}>
          {person.state === "invited" ? text.people.newInvitation : text.people.resetLink}
        </Button>
      )}
      <Menu
        label={text.common.actions}
        align="end"
        button={<Icon name="more" />}
        items={[
          ...(person.state === "disabled"
            ? []
            : [{ label: text.people.disable, icon: "lock" as const, onChoose: () => void lockOut() }]),
          { label: text.people.remove, icon: "trash", danger: true, onChoose: () => setRemoving(true) },
        ]}
      />
      {link.result && (
        <OneTimeLink
          title={text.people.linkFor(shown)}
          about={text.people.resetAbout}
          link={link.result}
          onClose={link.reset}
        />
      )}
      {removing && <RemovePerson person={person} onClose={() => setRemoving(false)} />}
    </>
  );
}

function RemovePerson({ person, onClose }: { person: Person; onClose: () => void }) {
  const text = useText();
  const toasts = useToasts();
  const navigate = useNavigate();
  const removal = useFollow("person.remove");

  const confirm = async () => {
    if (!(await removal.start({ name: person.name }))) return;
    toasts.show({ message: text.people.removed(person.display_name) });
    await navigate({ to: "/people" });
  };

  return (
    <ConfirmDialog
      title={text.people.removeTitle(person.display_name)}
      name={person.name}
      action={text.common.remove}
      running={removal.running}
      error={removal.error}
      command={commandOf("person.remove", { name: person.name })}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{text.people.removeAbout}</p>
    </ConfirmDialog>
  );
}
