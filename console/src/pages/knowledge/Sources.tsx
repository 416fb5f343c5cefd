/** What a collection is kept in step with: folders, sites, files of branches, rows; and how that goes. */
import { useState } from "react";
import { useFollow, useOperation } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { CheckField } from "../../components/Field.tsx";
import { Icon } from "../../components/Icon.tsx";
import { Menu } from "../../components/Menu.tsx";
import { Section } from "../../components/Page.tsx";
import { Progress } from "../../components/Progress.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Status } from "../../components/Status.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { When } from "../../components/When.tsx";
import { Words } from "../../components/Words.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { placeOf, type Source, stateOfSource, TONES_OF_SOURCES } from "../../modules/knowledge/sources.ts";
import { AddSource } from "./AddSource.tsx";
import { useCollection } from "./collection.tsx";
import styles from "./Queue.module.css";

type Asked = { what: "add" } | { what: "remove" | "refusals"; source: Source };

export default function Sources() {
  const text = useText();
  const { name: collection } = useCollection();
  const [asked, setAsked] = useState<Asked | null>(null);
  const listed = useOperation("knowledge.source.list", { collection });
  const close = () => setAsked(null);
  const add = (
    <Button look="primary" icon="plus" data-creates onClick={() => setAsked({ what: "add" })}>
      {text.sources.add}
    </Button>
  );
  return (
    <>
      {listed.error && !listed.data ? (
        <ErrorState error={listed.error} onRetry={() => void listed.refetch()} />
      ) : !listed.data ? (
        <Skeleton />
      ) : listed.data.length === 0 ? (
        <EmptyState icon="refresh" title={text.sources.emptyTitle} action={add}>
          <p>{text.sources.emptyAbout}</p>
        </EmptyState>
      ) : (
        <Section title={text.collection.tabs.sources} about={text.sources.about} actions={add}>
          <SourceTable sources={listed.data} onAsk={setAsked} />
        </Section>
      )}
      <CommandLine command={commandOf("knowledge.source.list", { collection })} />
      {asked?.what === "add" && <AddSource onClose={close} />}
      {asked?.what === "remove" && <RemoveSource source={asked.source} onClose={close} />}
      {asked?.what === "refusals" && <Refusals source={asked.source} onClose={close} />}
    </>
  );
}

function SourceTable({ sources, onAsk }: { sources: readonly Source[]; onAsk: (asked: Asked) => void }) {
  const text = useText();
  const format = useFormat();
  const toasts = useToasts();
  const { name: collection } = useCollection();
  const looking = useFollow("knowledge.source.sync");
  const pausing = useFollow("knowledge.source.pause");
  const resuming = useFollow("knowledge.source.resume");
  const look = async (source: string) => {
    const found = await looking.start({ collection, source });
    if (!found) return;
    const message = text.sources.looked(format.number(found.changed), format.number(found.removed));
    toasts.show({ message: found.trouble ?? message });
  };
  const resume = async (source: string) => {
    if (await resuming.start({ collection, source })) toasts.show({ message: text.sources.resumed(source) });
  };
  const pause = async (source: string) => {
    if (!(await pausing.start({ collection, source }))) return;
    toasts.show({ message: text.sources.pausedNow(source), undo: () => void resume(source) });
  };
  const columns: readonly Column<Source>[] = [
    { key: "name", head: text.common.name, grow: true, cell: (one) => <Named source={one} /> },
    {
      key: "kind",
      head: text.sources.kind,
      secondary: true,
      cell: ({ kind }) => text.sources.kinds[kind]?.label ?? kind,
    },
    {
      key: "state",
      head: text.sources.state,
      cell: (one) => {
        const state = stateOfSource(one);
        return <Status tone={TONES_OF_SOURCES[state]}>{text.sources.states[state]}</Status>;
      },
    },
    { key: "documents", head: text.knowledge.documents, align: "end", cell: (one) => format.number(one.documents) },
    {
      key: "looked",
      head: text.sources.lookedAt,
      secondary: true,
      cell: ({ looked_at }) => (looked_at === null ? text.common.never : <When time={looked_at} />),
    },
    {
      key: "menu",
      head: <span className="visually-hidden">{text.common.actions}</span>,
      align: "end",
      cell: (one) => (
        <Menu
          label={`${text.common.actions}: ${one.name}`}
          align="end"
          button={<Icon name="more" />}
          items={[
            { label: text.sources.look, icon: "refresh", onChoose: () => void look(one.name) },
            one.state === "on"
              ? { label: text.queue.pause, icon: "stop" as const, onChoose: () => void pause(one.name) }
              : { label: text.queue.resume, icon: "play" as const, onChoose: () => void resume(one.name) },
            {
              label: text.sources.refused(format.number(one.refused)),
              icon: "warning",
              disabled: one.refused === 0,
              onChoose: () => onAsk({ what: "refusals", source: one }),
            },
            {
              label: text.sources.remove,
              icon: "trash",
              danger: true,
              separated: true,
              onChoose: () => onAsk({ what: "remove", source: one }),
            },
          ]}
        />
      ),
    },
  ];
  const error = looking.error ?? pausing.error ?? resuming.error;
  return (
    <>
      <Table label={text.collection.tabs.sources} columns={columns} rows={sources} keyOf={({ name }) => name} />
      {looking.running && <Progress step={looking.step} label={text.sources.look} />}
      {error && <ErrorState error={error} inline />}
    </>
  );
}

function Named({ source }: { source: Source }) {
  const text = useText();
  const format = useFormat();
  const { name, trouble, refused, left_out: leftOut } = source;
  return (
    <div className={styles.reason}>
      <span className={styles.name}>{name}</span>
      <span className={styles.soft}>{placeOf(source)}</span>
      {trouble !== null && (
        <span className={styles.bad}>
          <Words>{trouble}</Words>
        </span>
      )}
      {refused > 0 && <span className={styles.bad}>{text.sources.refused(format.number(refused))}</span>}
      {leftOut > 0 && <span className={styles.soft}>{text.sources.leftOut(format.number(leftOut))}</span>}
    </div>
  );
}

function Refusals({ source, onClose }: { source: Source; onClose: () => void }) {
  const text = useText();
  const { name: collection } = useCollection();
  const shown = useOperation("knowledge.source.show", { collection, source: source.name });
  type Refused = OutputOf<"knowledge.source.show">["refusals"][number];
  const columns: readonly Column<Refused>[] = [
    {
      key: "name",
      head: text.documents.name,
      grow: true,
      cell: ({ name, code, why }) => (
        <div className={styles.reason}>
          <span className={styles.name}>{name}</span>
          <span className={styles.bad}>
            <Words>{text.errors[code] ?? why}</Words>
          </span>
        </div>
      ),
    },
  ];
  return (
    <Dialog title={text.sources.refusedTitle(source.name)} width="wide" onClose={onClose}>
      {shown.data ? (
        <Table label={source.name} columns={columns} rows={shown.data.refusals} keyOf={({ name }) => name} />
      ) : shown.error ? (
        <ErrorState error={shown.error} inline />
      ) : (
        <Skeleton />
      )}
    </Dialog>
  );
}

function RemoveSource({ source, onClose }: { source: Source; onClose: () => void }) {
  const text = useText();
  const toasts = useToasts();
  const { name: collection } = useCollection();
  const removal = useFollow("knowledge.source.remove");
  const [keep, setKeep] = useState(false);
  const input = { collection, source: source.name, ...(keep ? { keep } : {}) };
  const confirm = async () => {
    if (!(await removal.start(input))) return;
    toasts.show({ message: text.sources.removed(source.name) });
    onClose();
  };
  return (
    <ConfirmDialog
      title={text.sources.removeTitle(source.name)}
      name={source.name}
      action={text.common.remove}
      running={removal.running}
      error={removal.error}
      command={commandOf("knowledge.source.remove", input)}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <CheckField
        label={text.sources.keep}
        hint={text.sources.keepAbout(source.documents)}
        checked={keep}
        onChange={(event) => setKeep(event.target.checked)}
      />
    </ConfirmDialog>
  );
}
