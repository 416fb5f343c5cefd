/** A project at a glance: its branches, where its files are, how to connect. */
import { useParams } from "@tanstack/react-router";
import { useOperation } from "../../api/hooks.ts";
import { Copyable } from "../../components/Copyable.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Page, Section } from "../../components/Page.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { useText } from "../../i18n/text.tsx";

export default function Project() {
  const text = useText();
  const { ref } = useParams({ from: "/signed-in/projects/$ref" });
  const { data, error, refetch } = useOperation("project.show", { ref });
  return (
    <Page title={ref}>
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data ? (
        <>
          <Section title={text.project.path}>
            <Copyable value={data.files_path} label={text.project.path} />
          </Section>
          {data.database_url && (
            <Section title={text.project.connection}>
              <Copyable value={data.database_url} label={text.project.connection} />
            </Section>
          )}
        </>
      ) : (
        <Skeleton />
      )}
    </Page>
  );
}
