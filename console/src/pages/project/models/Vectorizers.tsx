/** Vectorizers of a branch: how far each is in step with its table, what failed, and how another is made. */
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useFollow, useOperation } from "../../../api/hooks.ts";
import { commandOf } from "../../../api/requests.ts";
import { Button } from "../../../components/Button.tsx";
import { CommandLine } from "../../../components/CommandLine.tsx";
import { ConfirmDialog } from "../../../components/ConfirmDialog.tsx";
import { Copyable } from "../../../components/Copyable.tsx";
import { Dialog } from "../../../components/Dialog.tsx";
import { EmptyState } from "../../../components/EmptyState.tsx";
import { ErrorState } from "../../../components/ErrorState.tsx";
import { Icon } from "../../../components/Icon.tsx";
import { Menu } from "../../../components/Menu.tsx";
import { Skeleton } from "../../../components/Skeleton.tsx";
import { Status } from "../../../components/Status.tsx";
import { type Column, Table } from "../../../components/Table.tsx";
import { useToasts } from "../../../components/Toasts.tsx";
import { When } from "../../../components/When.tsx";
import { useFormat, useText } from "../../../i18n/text.tsx";
import { useWhere } from "../../../modules/branch/where.tsx";
import { toneOfVectorizer, type Vectorizer } from "../../../modules/models/vectorizers.ts";
import styles from "./Database.module.css";
import { DatabasePage } from "./DatabasePage.tsx";
import { NewVectorizer } from "./NewVectorizer.tsx";
import { Unreached } from "./Unreached.tsx";

const LONG_S = 5; // what waits no longer is under way
const EVERY_MS = 2_000; // a queue that empties makes no event

type Asked = { what: "errors" | "drop"; vectorizer: Vectorizer } | { what: "new" };

export default function Vectorizers() {
  const text = useText();
  const { writable } = useWhere();
  const [asked, setAsked] = useState<Asked | null>(null);
  const close = () => setAsked(null);
  const create = writable && (
    <Button look="primary" icon="plus" data-creates onClick={() => setAsked({ what: "new" })}>
      {text.vectorizers.create}
    </Button>
  );
  return (
    <DatabasePage about={text.vectorizers.about} actions={create}>
      <List onAsk={setAsked} />
      {asked?.what === "new" && <NewVectorizer onClose={close} />}
      {asked?.what === "errors" && <Errors name={asked.vectorizer.name} onClose={close} />}
      {asked?.what === "drop" && <Drop name={asked.vectorizer.name} onClose={close} />}
    </DatabasePage>
  );
}

function List({ onAsk }: { onAsk: (asked: Asked) => void }) {
  const text = useText();
  const format = useFormat();
  const { ref } = useWhere();
  const vectorizers = useOperation("llm.vectorizer.list", { ref }, { refetchInterval: EVERY_MS });
  if (vectorizers.error && !vectorizers.data) {
    return <Unreached error={vectorizers.error} onRetry={() => void vectorizers.refetch()} />;
  }
  if (!vectorizers.data) return <Skeleton />;
  if (vectorizers.data.length === 0) {
    return (
      <EmptyState icon="models" title={text.vectorizers.empty}>
        <p>{text.vectorizers.emptyAbout}</p>
        <Copyable value={text.vectorizers.emptyExample} label="SQL" />
      </EmptyState>
    );
  }
  const columns: readonly Column<Vectorizer>[] = [
    {
      key: "name",
      head: text.vectorizers.name,
      grow: true,
      cell: (one) => (
        <span className={styles.named}>
          <span className={styles.name}>{one.name}</span>
          <span className={styles.soft}>
            <code>
              {one.source} ({one.columns.join(", ")})
            </code>
          </span>
          <Reason vectorizer={one} />
        </span>
      ),
    },
    {
      key: "state",
      head: text.vectorizers.state,
      cell: (one) => (
        <Status tone={toneOfVectorizer(one.state)}>{text.vectorizers.states[one.state] ?? one.state}</Status>
      ),
    },
    {
      key: "queue",
      head: text.vectorizers.queue,
      align: "end",
      secondary: true,
      cell: (one) => format.number(one.pending + one.in_hand),
    },
    {
      key: "chunks",
      head: text.vectorizers.chunks,
      align: "end",
      secondary: true,
      cell: (one) => format.number(one.chunks),
    },
    {
      key: "errors",
      head: text.vectorizers.errors,
      align: "end",
      cell: (one) =>
        one.failed === 0 ? (
          format.number(0)
        ) : (
          <Button size="small" onClick={() => onAsk({ what: "errors", vectorizer: one })}>
            {format.number(one.failed)}
          </Button>
        ),
    },
    {
      key: "model",
      head: text.vectorizers.model,
      secondary: true,
      cell: (one) => `${one.model}, ${text.vectorizers.indexed[one.index] ?? one.index}`,
    },
    {
      key: "menu",
      head: <span className="visually-hidden">{text.common.actions}</span>,
      align: "end",
      cell: (one) => <Actions vectorizer={one} onAsk={onAsk} />,
    },
  ];
  return (
    <>
      <Table
        label={text.database.tabs.vectorizers}
        columns={columns}
        rows={vectorizers.data}
        keyOf={(one) => one.name}
      />
      <CommandLine command={commandOf("llm.vectorizer.list", { ref })} />
    </>
  );
}

/** Why it waits or is broken, and what is built beside it. */
function Reason({ vectorizer }: { vectorizer: Vectorizer }) {
  const text = useText();
  const format = useFormat();
  const { reason, held_until: until, building, behind_s: behind } = vectorizer;
  return (
    <>
      {reason !== null && <span className={styles.reason}>{reason}</span>}
      {behind !== null && behind >= LONG_S && (
        <span className={styles.soft}>{text.vectorizers.behindFor(format.duration(behind * 1000))}</span>
      )}
      {until !== null && (
        <span className={styles.soft}>
          {text.vectorizers.goesOn} <When time={until} />
        </span>
      )}
      {building !== null && <span className={styles.soft}>{text.vectorizers.building(format.number(building))}</span>}
    </>
  );
}

function Actions({ vectorizer, onAsk }: { vectorizer: Vectorizer; onAsk: (asked: Asked) => void }) {
  const text = useText();
  const toasts = useToasts();
  const { ref, writable } = useWhere();
  const pausing = useFollow("llm.vectorizer.pause");
  const resuming = useFollow("llm.vectorizer.resume");
  const refilling = useFollow("llm.vectorizer.refill");
  const { name, state } = vectorizer;
  const resume = async () => {
    if (await resuming.start({ ref, name })) toasts.show({ message: text.vectorizers.resumed(name) });
  };
  const pause = async () => {
    if (!(await pausing.start({ ref, name }))) return;
    toasts.show({ message: text.vectorizers.paused(name), undo: () => void resume() });
  };
  const refill = async () => {
    if (await refilling.start({ ref, name })) toasts.show({ message: text.vectorizers.refilled(name) });
  };
  const held = state === "paused" || state === "waiting" || state === "broken";
  const error = pausing.error ?? resuming.error ?? refilling.error;
  return (
    <span className={styles.actions}>
      {error && <ErrorState error={error} inline />}
      <Link to="/projects/$ref/models/retrieval" params={{ ref }} search={{ vectorizer: name }}>
        {text.vectorizers.search}
      </Link>
      {writable && (
        <Menu
          label={`${text.common.actions}: ${name}`}
          align="end"
          button={<Icon name="more" />}
          items={[
            held
              ? { label: text.vectorizers.resume, icon: "play", onChoose: () => void resume() }
              : { label: text.vectorizers.pause, icon: "stop", onChoose: () => void pause() },
            { label: text.vectorizers.refill, icon: "refresh", onChoose: () => void refill() },
            { label: text.vectorizers.errors, icon: "warning", onChoose: () => onAsk({ what: "errors", vectorizer }) },
            {
              label: text.vectorizers.drop,
              icon: "trash",
              danger: true,
              onChoose: () => onAsk({ what: "drop", vectorizer }),
            },
          ]}
        />
      )}
    </span>
  );
}

function Errors({ name, onClose }: { name: string; onClose: () => void }) {
  const text = useText();
  const toasts = useToasts();
  const { ref, writable } = useWhere();
  const errors = useOperation("llm.vectorizer.errors", { ref, name });
  const retrying = useFollow("llm.vectorizer.retry");
  const retry = async () => {
    const done = await retrying.start({ ref, name });
    if (!done) return;
    toasts.show({ message: text.vectorizers.retried(done.rows) });
    onClose();
  };
  return (
    <Dialog
      title={`${text.vectorizers.errors}: ${name}`}
      onClose={onClose}
      width="wide"
      footer={
        writable && (
          <Button
            look="primary"
            icon="refresh"
            busy={retrying.running}
            disabled={!errors.data?.length}
            onClick={() => void retry()}
          >
            {text.vectorizers.retry}
          </Button>
        )
      }
    >
      {errors.error ? (
        <ErrorState error={errors.error} inline onRetry={() => void errors.refetch()} />
      ) : !errors.data ? (
        <Skeleton />
      ) : errors.data.length === 0 ? (
        <p className={styles.soft}>{text.vectorizers.noErrors}</p>
      ) : (
        <Table
          label={text.vectorizers.errors}
          rows={errors.data}
          keyOf={(error) => `${JSON.stringify(error.key)} ${error.at}`}
          columns={[
            { key: "row", head: text.vectorizers.row, cell: (error) => <code>{JSON.stringify(error.key)}</code> },
            {
              key: "why",
              head: text.vectorizers.error,
              grow: true,
              cell: (error) => <p className={styles.reason}>{error.message}</p>,
            },
            { key: "attempts", head: text.vectorizers.attempts, align: "end", cell: (error) => error.attempts },
            { key: "at", head: text.vectorizers.when, secondary: true, cell: (error) => <When time={error.at} /> },
          ]}
        />
      )}
      {retrying.error && <ErrorState error={retrying.error} inline />}
      <CommandLine command={commandOf("llm.vectorizer.retry", { ref, name })} />
    </Dialog>
  );
}

function Drop({ name, onClose }: { name: string; onClose: () => void }) {
  const text = useText();
  const toasts = useToasts();
  const { ref } = useWhere();
  const dropping = useFollow("llm.vectorizer.drop");
  const confirm = async () => {
    if (!(await dropping.start({ ref, name }))) return;
    toasts.show({ message: text.vectorizers.dropped(name) });
    onClose();
  };
  return (
    <ConfirmDialog
      title={text.vectorizers.dropTitle(name)}
      name={name}
      action={text.common.remove}
      running={dropping.running}
      step={dropping.step}
      error={dropping.error}
      command={commandOf("llm.vectorizer.drop", { ref, name })}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{text.vectorizers.dropAbout}</p>
    </ConfirmDialog>
  );
}
