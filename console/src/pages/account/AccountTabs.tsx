/** The pages of one's account. */
import { Tabs } from "../../components/Tabs.tsx";
import { useText } from "../../i18n/text.tsx";

export function AccountTabs() {
  const text = useText();
  return (
    <Tabs
      label={text.rail.account}
      tabs={[
        { to: "/account", label: text.account.general },
        { to: "/account/tokens", label: text.tokens.title },
      ]}
    />
  );
}
