/** The documents of a collection: put in by dropping, narrowed down by name, opened, deleted. */
import { Link } from "@tanstack/react-router";
import { useDeferredValue, useState } from "react";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { Copyable } from "../../components/Copyable.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Icon } from "../../components/Icon.tsx";
import { Menu } from "../../components/Menu.tsx";
import { SearchBox } from "../../components/SearchBox.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Badge } from "../../components/Status.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { When } from "../../components/When.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import type { Dropped } from "../../modules/files/dropped.ts";
import { DropZone } from "../../modules/knowledge/DropZone.tsx";
import { UploadList } from "../../modules/knowledge/UploadList.tsx";
import { isWanted } from "../../modules/knowledge/uploads.ts";
import { useDeletion } from "../../modules/knowledge/useDeletion.ts";
import { type DocumentLine, useDocuments } from "../../modules/knowledge/useDocuments.ts";
import { useUploads } from "../../modules/knowledge/useUploads.ts";
import { useCollection, useMayFill } from "./collection.tsx";
import styles from "./Knowledge.module.css";

export default function Documents() {
  const text = useText();
  const { name, model, documents: count } = useCollection();
  const mayFill = useMayFill();
  const [wanted, setWanted] = useState("");
  const find = useDeferredValue(wanted.trim());
  const listed = useDocuments(name, find);
  return (
    <>
      {!mayFill ? (
        <p className={styles.soft}>{text.documents.mayNot}</p>
      ) : model === null ? (
        <p className={styles.soft}>
          <strong>{text.documents.broughtTitle}.</strong> {text.documents.broughtAbout}
        </p>
      ) : (
        <Adding />
      )}
      {count > 5 && (
        <div className={styles.bar}>
          <SearchBox label={text.documents.find} value={wanted} onChange={setWanted} />
        </div>
      )}
      {listed.error && !listed.documents ? (
        <ErrorState error={listed.error} onRetry={listed.retry} />
      ) : !listed.documents ? (
        <Skeleton />
      ) : listed.documents.length > 0 ? (
        <DocumentTable documents={listed.documents} />
      ) : find ? (
        <EmptyState title={text.common.noMatches} />
      ) : (
        mayFill && <NoDocuments />
      )}
      {listed.more && (
        <div className={styles.center}>
          <Button busy={listed.more.busy} onClick={listed.more.show}>
            {text.documents.more}
          </Button>
        </div>
      )}
      <CommandLine command={commandOf("knowledge.document.list", { collection: name, ...(find ? { find } : {}) })} />
    </>
  );
}

function Adding() {
  const text = useText();
  const toasts = useToasts();
  const { name } = useCollection();
  const uploads = useUploads(name);
  const add = (files: readonly Dropped[]) => {
    const wanted = files.filter(({ path }) => isWanted(path));
    if (wanted.length > 0) uploads.add(wanted);
    else if (files.length > 0) toasts.show({ message: text.documents.nothingInside });
  };
  return (
    <>
      <DropZone onFiles={add} />
      <UploadList uploads={uploads} />
    </>
  );
}

function DocumentTable({ documents }: { documents: readonly DocumentLine[] }) {
  const text = useText();
  const format = useFormat();
  const { name: collection } = useCollection();
  const mayFill = useMayFill();
  const deletion = useDeletion(collection);
  const columns: readonly Column<DocumentLine>[] = [
    {
      key: "name",
      head: text.documents.name,
      grow: true,
      cell: ({ name }) => (
        <Link
          to="/knowledge/collections/$collection/read"
          params={{ collection }}
          search={{ document: name }}
          className={styles.name}
          title={name}
        >
          {name}
        </Link>
      ),
    },
    {
      key: "kind",
      head: text.documents.kind,
      secondary: true,
      cell: ({ metadata }) => typeof metadata.kind === "string" && <Badge>{metadata.kind.toUpperCase()}</Badge>,
    },
    { key: "passages", head: text.documents.passages, align: "end", cell: (one) => format.number(one.passages) },
    {
      key: "length",
      head: text.documents.length,
      align: "end",
      secondary: true,
      cell: (one) => format.number(one.characters),
    },
    { key: "added", head: text.documents.added_at, secondary: true, cell: (one) => <When time={one.added_at} /> },
    {
      key: "menu",
      head: <span className="visually-hidden">{text.common.actions}</span>,
      align: "end",
      cell: ({ name }) =>
        mayFill && (
          <Menu
            label={`${text.common.actions}: ${name}`}
            align="end"
            button={<Icon name="more" />}
            items={[
              { label: text.documents.delete, icon: "trash", danger: true, onChoose: () => deletion.start(name) },
            ]}
          />
        ),
    },
  ];
  return (
    <Table
      label={text.collection.tabs.documents}
      columns={columns}
      rows={documents.filter(({ name }) => !deletion.isLeaving(name))}
      keyOf={({ name }) => name}
    />
  );
}

function NoDocuments() {
  const text = useText();
  const { name } = useCollection();
  return (
    <EmptyState icon="file" title={text.documents.none}>
      <p>{text.documents.noneAbout}</p>
      <Copyable
        value={`nacre knowledge upload ${name} leave.pdf ./leave.pdf`}
        label={text.common.sameOnCommandLine}
        prompt
      />
    </EmptyState>
  );
}
