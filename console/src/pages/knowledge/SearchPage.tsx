/** Searching several collections at once. */
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useOperation } from "../../api/hooks.ts";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { CheckField } from "../../components/Field.tsx";
import { Page } from "../../components/Page.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { useText } from "../../i18n/text.tsx";
import { type Asked, readSearch } from "../../modules/knowledge/asked.ts";
import { alike, type Collection } from "../../modules/knowledge/collections.ts";
import { Finding } from "../../modules/knowledge/Finding.tsx";
import styles from "./Knowledge.module.css";
import { KnowledgeTabs } from "./KnowledgeTabs.tsx";

export default function SearchPage() {
  const text = useText();
  const listed = useOperation("knowledge.collection.list", {});
  const filled = listed.data?.filter(({ passages }) => passages > 0);
  return (
    <Page title={text.knowledge.title} about={text.knowledge.about}>
      <KnowledgeTabs />
      {listed.error && !filled ? (
        <ErrorState error={listed.error} onRetry={() => void listed.refetch()} />
      ) : !filled ? (
        <Skeleton />
      ) : filled.length === 0 ? (
        <EmptyState
          icon="knowledge"
          title={text.finding.noCollections}
          action={<Link to="/knowledge">{text.finding.toCollections}</Link>}
        >
          <p>{text.finding.noCollectionsAbout}</p>
        </EmptyState>
      ) : (
        <Everywhere collections={filled} />
      )}
    </Page>
  );
}

function Everywhere({ collections }: { collections: readonly Collection[] }) {
  const text = useText();
  const navigate = useNavigate();
  const asked = useSearch({ from: "/signed-in/knowledge/search" });
  const chosen = asked.in ? collections.filter(({ name }) => asked.in?.includes(name)) : alike(collections);
  const ask = (next: Asked) =>
    void navigate({ to: "/knowledge/search", search: readSearch({ ...next }), resetScroll: false });
  const choose = (name: string, on: boolean) => {
    const names = collections
      .map((one) => one.name)
      .filter((each) => (each === name ? on : chosen.some((one) => one.name === each)));
    if (names.length > 0) ask({ ...asked, in: names });
  };
  return (
    <Finding
      asked={asked}
      onAsk={ask}
      collections={chosen}
      chooser={
        <fieldset className={styles.chooser}>
          <legend>{text.finding.where}</legend>
          {collections.map(({ name }) => (
            <CheckField
              key={name}
              label={name}
              checked={chosen.some((one) => one.name === name)}
              onChange={(event) => choose(name, event.target.checked)}
            />
          ))}
        </fieldset>
      }
    />
  );
}
