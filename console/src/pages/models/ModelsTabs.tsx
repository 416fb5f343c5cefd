/** The pages of the models. */
import { useMay } from "../../api/session.ts";
import { Tabs } from "../../components/Tabs.tsx";
import { useText } from "../../i18n/text.tsx";

export function ModelsTabs() {
  const text = useText();
  const may = useMay();
  return (
    <Tabs
      label={text.models.title}
      tabs={[
        { to: "/models", label: text.models.tabs.list },
        ...(may("user")
          ? [
              { to: "/models/playground", label: text.models.tabs.playground },
              { to: "/models/spend", label: text.models.tabs.spend },
              { to: "/models/audit", label: text.models.tabs.audit },
            ]
          : []),
      ]}
    />
  );
}
