/** One's own account: how the console looks and speaks. */
import { SelectField } from "../../components/Field.tsx";
import { Page, Section } from "../../components/Page.tsx";
import { LANGUAGES, type Language, useSpeech } from "../../i18n/text.tsx";
import { chooseTheme, type Theme, useTheme } from "../../modules/appearance.ts";
import styles from "./Account.module.css";

export default function Account() {
  const { text } = useSpeech();
  return (
    <Page title={text.rail.account}>
      <Appearance />
    </Page>
  );
}

function Appearance() {
  const { text, language, speak } = useSpeech();
  const theme = useTheme();
  return (
    <Section title={text.account.appearance}>
      <div className={styles.pair}>
        <SelectField
          label={text.rail.language}
          value={language}
          choices={(Object.keys(LANGUAGES) as Language[]).map((one) => ({ value: one, label: LANGUAGES[one].own }))}
          onChange={(event) => speak(event.target.value as Language)}
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
