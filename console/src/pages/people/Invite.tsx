/** Inviting a person: who and as what, then a link to send them. */
import { type FormEvent, useId, useState } from "react";
import { useFollow } from "../../api/hooks.ts";
import type { InputOf, OutputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { RadioCards, SelectField, TextField } from "../../components/Field.tsx";
import { LANGUAGES, type Language, useSpeech, useText } from "../../i18n/text.tsx";
import { type GivenRole, systemRoles } from "../../modules/people/roles.ts";
import { isSlug, slugOf } from "../../modules/slugs.ts";
import { OneTimeLink } from "./OneTimeLink.tsx";

export function Invite({ taken, onClose }: { taken: readonly string[]; onClose: () => void }) {
  const { text, language: own } = useSpeech();
  const invitation = useFollow("person.invite");
  const [displayName, setDisplayName] = useState("");
  const [slug, setSlug] = useState<string | null>(null);
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<GivenRole>("user");
  const [language, setLanguage] = useState<Language>(own);
  const formId = useId();
  if (invitation.result) return <Invited invited={invitation.result} onClose={onClose} />;

  const name = slug ?? slugOf(displayName);
  const problem = !name
    ? null
    : !isSlug(name)
      ? text.projects.nameBad
      : taken.includes(name)
        ? text.people.taken
        : null;
  const input: InputOf<"person.invite"> = {
    name,
    role,
    language,
    ...(displayName.trim() ? { display_name: displayName.trim() } : {}),
    ...(email.trim() ? { email: email.trim() } : {}),
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name && !problem) void invitation.start(input);
  };

  return (
    <Dialog
      title={text.people.inviteTitle}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button type="submit" form={formId} look="primary" busy={invitation.running} disabled={!name || !!problem}>
            {text.people.makeLink}
          </Button>
        </>
      }
    >
      <form id={formId} onSubmit={submit} style={{ display: "contents" }}>
        <TextField
          label={text.people.displayName}
          value={displayName}
          maxLength={80}
          autoComplete="off"
          autoFocus
          onChange={(event) => setDisplayName(event.target.value)}
        />
        <TextField
          label={text.people.slug}
          hint={text.people.slugHint}
          problem={problem}
          value={name}
          maxLength={39}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          required
          onChange={(event) => setSlug(event.target.value.trim().toLowerCase())}
        />
        <TextField
          label={text.people.email}
          type="email"
          value={email}
          autoComplete="off"
          optional
          onChange={(event) => setEmail(event.target.value)}
        />
        <RadioCards
          label={text.people.role}
          value={role}
          choices={systemRoles(text)}
          onChange={(value) => setRole(value as GivenRole)}
        />
        <SelectField
          label={text.rail.language}
          value={language}
          choices={(Object.keys(LANGUAGES) as Language[]).map((one) => ({ value: one, label: LANGUAGES[one].own }))}
          onChange={(event) => setLanguage(event.target.value as Language)}
        />
      </form>
      {invitation.error && <ErrorState error={invitation.error} inline />}
      <CommandLine command={commandOf("person.invite", name ? input : {})} />
    </Dialog>
  );
}

function Invited({ invited, onClose }: { invited: OutputOf<"person.invite">; onClose: () => void }) {
  const text = useText();
  return (
    <OneTimeLink
      title={text.people.invited(invited.person.display_name)}
      about={text.people.invitedAbout}
      link={invited.link}
      onClose={onClose}
    />
  );
}
