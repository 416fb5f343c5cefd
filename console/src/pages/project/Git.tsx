/** A project's repository: where to clone it, what is not committed, and what was. */
import { Link } from "@tanstack/react-router";
import { useOperation } from "../../api/hooks.ts";
import { Copyable } from "../../components/Copyable.tsx";
import { Page, Section } from "../../components/Page.tsx";
import { useText } from "../../i18n/text.tsx";
import { useWhere } from "../../modules/branch/where.tsx";
import { CommitBox } from "../../modules/git/CommitBox.tsx";
import { Commits } from "../../modules/git/Commits.tsx";
import { SettingsTabs } from "./SettingsTabs.tsx";

export default function Git() {
  const text = useText();
  const { ref, writable } = useWhere();
  const status = useOperation("git.status", { ref }, { staleTime: 0 });
  return (
    <Page title={text.project.settings} about={ref}>
      <SettingsTabs />
      <Section
        title={text.git.clone}
        about={
          <>
            {text.git.cloneAbout} <Link to="/account/tokens">{text.git.makeToken}</Link>
          </>
        }
      >
        {status.data && <Copyable value={`git clone ${status.data.clone_url}`} label={text.git.clone} prompt />}
      </Section>
      <Section title={text.git.status}>
        <CommitBox mayWrite={writable} />
      </Section>
      <Section title={text.git.log}>
        <Commits mayWrite={writable} />
      </Section>
    </Page>
  );
}
