/** The statements of a branch that cost most, or one of them looked into. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useOperation } from "../../../api/hooks.ts";
import { EmptyState } from "../../../components/EmptyState.tsx";
import { BareSelect } from "../../../components/Field.tsx";
import { Page } from "../../../components/Page.tsx";
import { Skeleton } from "../../../components/Skeleton.tsx";
import { useText } from "../../../i18n/text.tsx";
import { MonitoringTabs } from "../MonitoringTabs.tsx";
import { Listing } from "./Listing.tsx";
import { OneStatement } from "./OneStatement.tsx";
import type { Seen } from "./seen.ts";

export default function Statements() {
  const text = useText();
  const navigate = useNavigate();
  const { ref, by = "time", id } = useSearch({ from: "/signed-in/monitoring/statements" });
  const running = useOperation("monitoring.now", { kind: "cluster" });
  const projects = useOperation("project.list", {});
  const branches = [
    ...new Set([...(projects.data ?? []).map((one) => one.ref), ...(running.data ?? []).map(({ label }) => label)]),
  ].toSorted();
  const chosen = ref ?? branches[0];
  const see = (seen: Seen) => void navigate({ to: "/monitoring/statements", search: seen });
  return (
    <Page title={text.monitoring.title} about={id ? undefined : text.statements.about}>
      <MonitoringTabs />
      {chosen === undefined ? (
        projects.data ? (
          <EmptyState icon="database" title={text.statements.empty.noBranch}>
            {text.statements.empty.noBranchAbout}
          </EmptyState>
        ) : (
          <Skeleton />
        )
      ) : id ? (
        <OneStatement ref_={chosen} id={id} by={by} />
      ) : (
        <Listing
          key={chosen}
          ref_={chosen}
          by={by}
          onBy={(next) => see({ ref: chosen, by: next })}
          branch={
            <BareSelect
              label={text.statements.branch}
              value={chosen}
              onChange={(event) => see({ ref: event.target.value, by })}
              choices={[...new Set([chosen, ...branches])].map((value) => ({ value, label: value }))}
            />
          }
        />
      )}
    </Page>
  );
}
