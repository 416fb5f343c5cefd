/** The foot of the rail: language, theme, and the person. */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useSession } from "../api/session.ts";
import { signOut } from "../api/signing.ts";
import { Icon } from "../components/Icon.tsx";
import { Menu } from "../components/Menu.tsx";
import { LANGUAGES, type Language, useSpeech } from "../i18n/text.tsx";
import { chooseTheme, type Theme, useShownTheme, useTheme } from "./appearance.ts";
import styles from "./PersonMenu.module.css";

export function PersonMenu({ onKeyboard }: { onKeyboard: () => void }) {
  const { text } = useSpeech();
  const session = useSession();
  const navigate = useNavigate();
  const queries = useQueryClient();

  const leave = async () => {
    await signOut();
    await navigate({ to: "/sign-in" });
    queries.clear();
  };

  return (
    <div className={styles.root}>
      <div className={styles.person}>
        <Menu
          label={`${session.name}, ${text.rail.account}`}
          side="above"
          className={styles.personButton}
          button={
            <>
              <span className={styles.initial} data-initial={Array.from(session.name)[0]?.toUpperCase()} />
              <span className={styles.name}>{session.name}</span>
            </>
          }
          items={[
            { label: text.rail.account, icon: "person", onChoose: () => void navigate({ to: "/account" }) },
            { label: text.rail.keyboard, icon: "keyboard", onChoose: onKeyboard },
            { label: text.rail.signOut, icon: "signOut", onChoose: () => void leave(), separated: true },
          ]}
        />
      </div>
      <ThemeMenu />
      <LanguageMenu />
    </div>
  );
}

export function ThemeMenu() {
  const { text } = useSpeech();
  const chosen = useTheme();
  const shown = useShownTheme();
  const themes: readonly [Theme, string][] = [
    ["system", text.rail.themeSystem],
    ["light", text.rail.themeLight],
    ["dark", text.rail.themeDark],
  ];
  return (
    <Menu
      label={text.rail.theme}
      side="above"
      align="end"
      button={<Icon name={shown === "dark" ? "moon" : "sun"} />}
      items={themes.map(([theme, label]) => ({
        label,
        checked: theme === chosen,
        onChoose: () => chooseTheme(theme),
      }))}
    />
  );
}

export function LanguageMenu() {
  const { text, language, speak } = useSpeech();
  return (
    <Menu
      label={text.rail.language}
      side="above"
      align="end"
      button={<Icon name="language" />}
      items={(Object.keys(LANGUAGES) as Language[]).map((one) => ({
        label: <span lang={LANGUAGES[one].tag}>{LANGUAGES[one].own}</span>,
        checked: one === language,
        onChoose: () => speak(one),
      }))}
    />
  );
}
