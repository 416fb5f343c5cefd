/** The collections that the person may read: whose each is, what is in it, and how to make another. */
import { Link } from "@tanstack/react-router";
import { type ReactNode, useMemo, useState } from "react";
import { useOperation } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { useMay, useSession } from "../../api/session.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { Copyable } from "../../components/Copyable.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Icon } from "../../components/Icon.tsx";
import { Menu } from "../../components/Menu.tsx";
import { Page } from "../../components/Page.tsx";
import { SearchBox } from "../../components/SearchBox.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { When } from "../../components/When.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { type Collection, mayDelete } from "../../modules/knowledge/collections.ts";
import { QueueCell } from "../../modules/knowledge/QueueStatus.tsx";
import { Whose } from "../../modules/knowledge/Whose.tsx";
import { CreateCollection } from "./CreateCollection.tsx";
import { DeleteCollection } from "./DeleteCollection.tsx";
import styles from "./Knowledge.module.css";
import { KnowledgeTabs } from "./KnowledgeTabs.tsx";

export default function Knowledge() {
  const text = useText();
  const may = useMay();
  const [creating, setCreating] = useState(false);
  const [wanted, setWanted] = useState("");
  const { data, error, refetch } = useOperation("knowledge.collection.list", {});
  const found = useMemo(() => {
    const word = wanted.trim().toLowerCase();
    return data?.filter(({ name, project }) => `${name} ${project ?? ""}`.includes(word));
  }, [data, wanted]);
  const create = may("user") && (
    <Button look="primary" icon="plus" data-creates onClick={() => setCreating(true)}>
      {text.knowledge.create}
    </Button>
  );
  return (
    <Page
      title={text.knowledge.title}
      about={text.knowledge.about}
      actions={
        data &&
        data.length > 0 && (
          <>
            {data.length > 5 && <SearchBox label={text.knowledge.find} value={wanted} onChange={setWanted} />}
            {create}
          </>
        )
      }
    >
      <KnowledgeTabs />
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !found ? (
        <Skeleton />
      ) : data?.length === 0 ? (
        <NoCollections action={create} mayCreate={may("user")} />
      ) : found.length === 0 ? (
        <EmptyState title={text.common.noMatches} />
      ) : (
        <>
          <CollectionTable collections={found} />
          <CommandLine command={commandOf("knowledge.collection.list", {})} />
        </>
      )}
      {creating && <CreateCollection taken={data?.map(({ name }) => name) ?? []} onClose={() => setCreating(false)} />}
    </Page>
  );
}

function CollectionTable({ collections }: { collections: readonly Collection[] }) {
  const text = useText();
  const format = useFormat();
  const person = useSession();
  const [deleting, setDeleting] = useState<Collection | null>(null);
  const columns: readonly Column<Collection>[] = [
    {
      key: "name",
      head: text.knowledge.name,
      grow: true,
      cell: (one) => (
        <Link to="/knowledge/collections/$collection" params={{ collection: one.name }} className={styles.name}>
          {one.name}
        </Link>
      ),
    },
    { key: "access", head: text.knowledge.access, cell: (one) => <Whose collection={one} /> },
    {
      key: "model",
      head: text.knowledge.model,
      secondary: true,
      cell: (one) => one.model ?? <span className={styles.faint}>{text.knowledge.brought}</span>,
    },
    {
      key: "documents",
      head: text.knowledge.documents,
      align: "end",
      cell: (one) => format.number(one.documents),
    },
    {
      key: "passages",
      head: text.knowledge.passages,
      align: "end",
      secondary: true,
      cell: (one) => format.number(one.passages),
    },
    { key: "queue", head: text.queue.head, secondary: true, cell: (one) => <QueueCell collection={one.name} /> },
    {
      key: "made",
      head: text.collection.facts.made,
      secondary: true,
      cell: (one) => <When time={one.created_at} />,
    },
    {
      key: "menu",
      head: <span className="visually-hidden">{text.common.actions}</span>,
      align: "end",
      cell: (one) =>
        mayDelete(person, one) && (
          <Menu
            label={`${text.common.actions}: ${one.name}`}
            align="end"
            button={<Icon name="more" />}
            items={[{ label: text.knowledge.delete, icon: "trash", danger: true, onChoose: () => setDeleting(one) }]}
          />
        ),
    },
  ];
  return (
    <>
      <Table label={text.knowledge.tabs.collections} columns={columns} rows={collections} keyOf={({ name }) => name} />
      {deleting && <DeleteCollection collection={deleting} onClose={() => setDeleting(null)} />}
    </>
  );
}

function NoCollections({ action, mayCreate }: { action: ReactNode; mayCreate: boolean }) {
  const text = useText();
  if (!mayCreate) {
    return (
      <EmptyState icon="knowledge" title={text.knowledge.emptyViewer}>
        <p>{text.knowledge.emptyViewerBody}</p>
      </EmptyState>
    );
  }
  const commands = [
    commandOf("knowledge.collection.create", { name: "handbook" }),
    "nacre knowledge upload handbook leave.pdf ./leave.pdf",
    'nacre knowledge search "how many days of holiday" --collection handbook',
  ];
  return (
    <EmptyState icon="knowledge" title={text.knowledge.emptyTitle}>
      <p>{text.knowledge.emptyBody}</p>
      <div>{action}</div>
      <p>{text.knowledge.emptyExample}</p>
      <div className={styles.commands}>
        {commands.map((command) => (
          <Copyable key={command} value={command} label={text.common.sameOnCommandLine} prompt />
        ))}
      </div>
    </EmptyState>
  );
}
