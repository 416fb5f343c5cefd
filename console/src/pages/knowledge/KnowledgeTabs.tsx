/** The pages of the knowledge as a whole. */
import { Tabs } from "../../components/Tabs.tsx";
import { useText } from "../../i18n/text.tsx";

export function KnowledgeTabs() {
  const text = useText();
  return (
    <Tabs
      label={text.knowledge.title}
      tabs={[
        { to: "/knowledge", label: text.knowledge.tabs.collections },
        { to: "/knowledge/search", label: text.knowledge.tabs.search },
      ]}
    />
  );
}
