/** One's own account: name, password, how the console looks and speaks, where one is signed in. */
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useFollow } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { SESSION, useSession } from "../../api/session.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { SelectField, TextField } from "../../components/Field.tsx";
import { Page, Section } from "../../components/Page.tsx";
import { PasswordField } from "../../components/PasswordField.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { LANGUAGES, type Language, useSpeech, useText } from "../../i18n/text.tsx";
import { chooseTheme, type Theme, useTheme } from "../../modules/appearance.ts";
import styles from "./Account.module.css";
import { AccountTabs } from "./AccountTabs.tsx";
import { Browsers } from "./Browsers.tsx";

export default function Account() {
  const { text } = useSpeech();
  return (
    <Page title={text.rail.account}>
      <AccountTabs />
      <Name />
      <Appearance />
      <Password />
      <Browsers />
    </Page>
  );
}

function Name() {
  const text = useText();
  const toasts = useToasts();
  const queries = useQueryClient();
  const session = useSession();
  const update = useFollow("account.update");
  const [name, setName] = useState(session.name);

  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (!(await update.start({ display_name: name.trim() }))) return;
    await queries.invalidateQueries({ queryKey: SESSION.queryKey });
    toasts.show({ message: text.account.saved });
  };

  return (
    <Section title={text.account.profile}>
      <form onSubmit={(event) => void save(event)} className={styles.form}>
        <TextField label={text.account.signInName} value={session.person} readOnly disabled />
        <TextField
          label={text.people.displayName}
          value={name}
          maxLength={80}
          autoComplete="name"
          required
          onChange={(event) => setName(event.target.value)}
        />
        {update.error && <ErrorState error={update.error} inline />}
        <div>
          <Button type="submit" busy={update.running} disabled={!name.trim() || name.trim() === session.name}>
            {text.common.save}
          </Button>
        </div>
      </form>
    </Section>
  );
}

function Appearance() {
  const { text, language, speak } = useSpeech();
  const theme = useTheme();
  const update = useFollow("account.update");
  const chooseLanguage = (chosen: Language) => {
    speak(chosen);
    void update.start({ language: chosen });
  };
  return (
    <Section title={text.account.appearance}>
      <div className={styles.form}>
        <SelectField
          label={text.rail.language}
          value={language}
          choices={(Object.keys(LANGUAGES) as Language[]).map((one) => ({ value: one, label: LANGUAGES[one].own }))}
          onChange={(event) => chooseLanguage(event.target.value as Language)}
        />
        <SelectField
          label={text.rail.theme}
          value={theme}
          choices={[
            { value: "system", label: text.rail.themeSystem },
            { value: "light", label: text.rail.themeLight },
            { value: "dark", label: text.rail.themeDark },
          ]}
          onChange={(event) => chooseTheme(event.target.value as Theme)}
        />
      </div>
    </Section>
  );
}

function Password() {
  const text = useText();
  const toasts = useToasts();
  const change = useFollow("account.change-password");
  const [current, setCurrent] = useState("");
  const [fresh, setFresh] = useState("");

  const save = async (event: FormEvent) => {
    event.preventDefault();
    const done = await change.start({ current, new: fresh });
    if (!done) return;
    setCurrent("");
    setFresh("");
    toasts.show({ message: text.account.passwordChanged(done.sessions_ended) });
  };

  return (
    <Section title={text.account.password} about={text.account.passwordAbout}>
      <form onSubmit={(event) => void save(event)} className={styles.form}>
        <PasswordField
          label={text.account.currentPassword}
          value={current}
          autoComplete="current-password"
          required
          onChange={(event) => setCurrent(event.target.value)}
        />
        <PasswordField
          label={text.account.newPassword}
          hint={text.welcome.passwordHint(10)}
          value={fresh}
          autoComplete="new-password"
          minLength={10}
          required
          onChange={(event) => setFresh(event.target.value)}
        />
        {change.error && <ErrorState error={change.error} inline />}
        <div>
          <Button type="submit" busy={change.running} disabled={!current || !fresh}>
            {text.account.changePassword}
          </Button>
        </div>
        <CommandLine command={commandOf("account.change-password", {})} />
      </form>
    </Section>
  );
}
