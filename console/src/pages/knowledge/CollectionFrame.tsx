/** The frame of a collection's pages: whose it is, how much is in it, and its tabs. */
import { Link, Outlet, useParams } from "@tanstack/react-router";
import { useOperation } from "../../api/hooks.ts";
import { useSession } from "../../api/session.ts";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Page } from "../../components/Page.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Tabs } from "../../components/Tabs.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { type Collection, mayFill } from "../../modules/knowledge/collections.ts";
import { Whose } from "../../modules/knowledge/Whose.tsx";
import { CollectionContext } from "./collection.tsx";
import styles from "./Knowledge.module.css";

const TABS = ["search", "documents", "test", "queue", "sources", "settings"] as const;

export default function CollectionFrame() {
  const text = useText();
  const format = useFormat();
  const person = useSession();
  const { collection: name } = useParams({ from: "/signed-in/knowledge/collections/$collection" });
  const shown = useOperation("knowledge.collection.show", { collection: name });
  const queue = useOperation("knowledge.queue.show", { collection: name }).data;
  const underWay = queue ? queue.waiting + queue.failed : 0;
  const collection = shown.data;
  if (!collection) {
    return (
      <Page title={name}>
        {shown.error ? (
          <ErrorState error={shown.error} onRetry={() => void shown.refetch()}>
            <Link to="/knowledge">{text.collection.toAll}</Link>
          </ErrorState>
        ) : (
          <Skeleton />
        )}
      </Page>
    );
  }
  return (
    <CollectionContext value={collection}>
      <Page title={name} about={<About collection={collection} />}>
        <Tabs
          label={name}
          tabs={TABS.filter(
            (tab) => tab !== "sources" || (mayFill(person, collection) && collection.model !== null),
          ).map((tab) => ({
            to: tab === "search" ? `/knowledge/collections/${name}` : `/knowledge/collections/${name}/${tab}`,
            label:
              tab === "queue" && underWay > 0
                ? text.collection.countedTab(text.collection.tabs.queue, format.number(underWay))
                : text.collection.tabs[tab],
          }))}
        />
        <Outlet />
      </Page>
    </CollectionContext>
  );
}

function About({ collection }: { collection: Collection }) {
  const text = useText();
  const format = useFormat();
  const { documents, passages } = collection;
  return (
    <span className={styles.about}>
      <Whose collection={collection} />
      <span>{text.collection.counts(format.number(documents), format.number(passages), documents === 1)}</span>
      <span>{collection.model ?? text.knowledge.brought}</span>
    </span>
  );
}
