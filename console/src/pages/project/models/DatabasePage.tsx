/** The frame of what models do with a project's database: its tabs, and the present, of which all of it is. */
import type { ReactNode } from "react";
import { useOperation } from "../../../api/hooks.ts";
import { Button } from "../../../components/Button.tsx";
import { EmptyState } from "../../../components/EmptyState.tsx";
import { Page } from "../../../components/Page.tsx";
import { Tabs } from "../../../components/Tabs.tsx";
import { useText } from "../../../i18n/text.tsx";
import { useWhere } from "../../../modules/branch/where.tsx";
import type { Model } from "../../../modules/models/models.ts";

export function DatabasePage({
  about,
  actions,
  children,
}: {
  about: string;
  actions?: ReactNode;
  children: ReactNode;
}) {
  const text = useText();
  const { ref, at, goTo } = useWhere();
  return (
    <Page title={text.database.title} about={about} actions={at === null && actions} wide>
      <Tabs
        label={text.database.title}
        tabs={(["questions", "learned", "vectorizers", "retrieval", "redaction"] as const).map((tab) => ({
          to: tab === "questions" ? `/projects/${ref}/models` : `/projects/${ref}/models/${tab}`,
          label: text.database.tabs[tab],
        }))}
      />
      {at === null ? (
        children
      ) : (
        <EmptyState
          icon="moment"
          title={text.database.notInPast}
          action={<Button onClick={() => goTo({ at: null })}>{text.project.backToNow}</Button>}
        >
          {text.database.notInPastAbout}
        </EmptyState>
      )}
    </Page>
  );
}

/** The models of this kind that the branch may name; null until they are known. */
export function useModels(kind: "chat" | "embedding"): readonly Model[] | null {
  const { ref } = useWhere();
  const models = useOperation("llm.model.list", { ref });
  return models.data?.filter((model) => model.kind === kind) ?? null;
}
