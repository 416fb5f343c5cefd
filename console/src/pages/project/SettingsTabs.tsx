/** The pages of a project's settings. */
import { Tabs } from "../../components/Tabs.tsx";
import { useText } from "../../i18n/text.tsx";
import { useWhere } from "../../modules/branch/where.tsx";

export function SettingsTabs() {
  const text = useText();
  const { ref } = useWhere();
  return (
    <Tabs
      label={text.project.settings}
      tabs={[
        { to: `/projects/${ref}/settings`, label: text.git.general },
        { to: `/projects/${ref}/settings/git`, label: text.git.title },
      ]}
    />
  );
}
