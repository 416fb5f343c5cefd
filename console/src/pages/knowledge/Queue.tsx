/** What is on its way into a collection: what is at work, what waits, what failed and why, and how to go on. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client.ts";
import type { ApiError } from "../../api/errors.ts";
import { useFollow, useOperation } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { Button, IconButton } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { BareSelect } from "../../components/Field.tsx";
import { Icon } from "../../components/Icon.tsx";
import { Section } from "../../components/Page.tsx";
import { Progress } from "../../components/Progress.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Status } from "../../components/Status.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { When } from "../../components/When.tsx";
import { Words } from "../../components/Words.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { QueueStatus } from "../../modules/knowledge/QueueStatus.tsx";
import type { Queue as Standing } from "../../modules/knowledge/queue.ts";
import { useCollection, useMayFill } from "./collection.tsx";
import styles from "./Queue.module.css";

type Pending = OutputOf<"knowledge.queue.list">[number];
type State = Pending["state"];

const PAGE = 100;

export default function Queue() {
  const text = useText();
  const { name: collection } = useCollection();
  const shown = useOperation("knowledge.queue.show", { collection });
  const queue = shown.data;
  if (!queue) {
    return shown.error ? <ErrorState error={shown.error} onRetry={() => void shown.refetch()} /> : <Skeleton />;
  }
  const idle = queue.waiting === 0 && queue.failed === 0 && queue.at_work.length === 0;
  return (
    <>
      <Head queue={queue} />
      <Holds queue={queue} />
      {idle ? (
        <EmptyState icon="check" title={text.queue.emptyTitle}>
          <p>{text.queue.emptyAbout}</p>
        </EmptyState>
      ) : (
        <>
          <AtWork queue={queue} />
          <List />
        </>
      )}
      <CommandLine command={commandOf("knowledge.queue.show", { collection })} />
    </>
  );
}

function Head({ queue }: { queue: Standing }) {
  const text = useText();
  const format = useFormat();
  const toasts = useToasts();
  const mayFill = useMayFill();
  const pausing = useFollow("knowledge.queue.pause");
  const resuming = useFollow("knowledge.queue.resume");
  const retrying = useFollow("knowledge.queue.retry");
  const { collection } = queue;
  const [clearing, setClearing] = useState(false);
  const resume = async () => {
    if (await resuming.start({ collection })) toasts.show({ message: text.queue.resumed });
  };
  const pause = async () => {
    if (await pausing.start({ collection })) toasts.show({ message: text.queue.pausedNow, undo: () => void resume() });
  };
  const retry = async () => {
    const changed = await retrying.start({ collection });
    if (changed) toasts.show({ message: text.queue.retried(changed.documents) });
  };
  const error = pausing.error ?? resuming.error ?? retrying.error;
  return (
    <>
      <div className={styles.standing}>
        <p className={styles.facts}>
          <QueueStatus queue={queue} />
          {queue.done + queue.unchanged > 0 && (
            <span>{text.queue.done(format.number(queue.done), format.number(queue.unchanged))}</span>
          )}
          {queue.passages_per_s > 0 && <span>{text.queue.rate(format.number(queue.passages_per_s))}</span>}
          {queue.left_s !== null && <span>{text.queue.left(format.duration(queue.left_s * 1000))}</span>}
          {queue.waiting_bytes > 0 && <span>{format.bytes(queue.waiting_bytes)}</span>}
        </p>
        {mayFill && (
          <div className={styles.buttons}>
            {queue.failed > 0 && (
              <Button icon="refresh" busy={retrying.running} onClick={() => void retry()}>
                {text.queue.retryAll}
              </Button>
            )}
            {queue.paused ? (
              <Button icon="play" busy={resuming.running} onClick={() => void resume()}>
                {text.queue.resume}
              </Button>
            ) : (
              queue.waiting > 0 && (
                <Button icon="stop" busy={pausing.running} onClick={() => void pause()}>
                  {text.queue.pause}
                </Button>
              )
            )}
            {queue.waiting + queue.failed > 0 && (
              <Button icon="trash" onClick={() => setClearing(true)}>
                {text.queue.clear}
              </Button>
            )}
          </div>
        )}
      </div>
      {error && <ErrorState error={error} inline />}
      {clearing && <ClearAll queue={queue} onClose={() => setClearing(false)} />}
    </>
  );
}

function ClearAll({ queue, onClose }: { queue: Standing; onClose: () => void }) {
  const text = useText();
  const toasts = useToasts();
  const clearing = useFollow("knowledge.queue.clear");
  const { collection } = queue;
  const confirm = async () => {
    const changed = await clearing.start({ collection });
    if (!changed) return;
    toasts.show({ message: text.queue.cleared(changed.documents) });
    onClose();
  };
  return (
    <ConfirmDialog
      title={text.queue.clearTitle}
      name={collection}
      action={text.queue.clear}
      running={clearing.running}
      error={clearing.error}
      command={commandOf("knowledge.queue.clear", { collection })}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{text.queue.clearAbout(queue.waiting + queue.failed)}</p>
    </ConfirmDialog>
  );
}

function Holds({ queue }: { queue: Standing }) {
  const text = useText();
  return queue.held.map((held) => (
    <div key={`${held.person} ${held.code}`} className={styles.held} role="status">
      <Icon name="warning" />
      <div>
        <p>
          <Words>{text.errors[held.code] ?? held.reason}</Words>
        </p>
        {held.hint && (
          <p className={styles.soft}>
            <Words>{held.hint}</Words>
          </p>
        )}
        <p className={styles.soft}>
          {held.until ? (
            <>
              {text.queue.goesOn} <When time={held.until} />
            </>
          ) : (
            text.queue.untilResumed
          )}
        </p>
      </div>
    </div>
  ));
}

function AtWork({ queue }: { queue: Standing }) {
  const text = useText();
  if (queue.at_work.length === 0) return null;
  return (
    <Section title={text.queue.atWork}>
      <ul className={styles.work}>
        {queue.at_work.map(({ name, done, total }) => (
          <li key={name}>
            <span className={styles.name}>{name}</span>
            <Progress step={{ phase: total === null ? "reading" : "embedding", done, total }} label={name} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function List() {
  const text = useText();
  const { name: collection } = useCollection();
  const [state, setState] = useState<State | "">("");
  const query = useInfiniteQuery<Pending[], ApiError, Pending[], readonly unknown[], string>({
    queryKey: ["knowledge.queue.list", { collection, state }],
    queryFn: ({ pageParam, signal }) =>
      call("knowledge.queue.list", { collection, state: state || null, after: pageParam, limit: PAGE }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => (page.length === PAGE ? page.at(-1)?.name : undefined),
    select: ({ pages }) => pages.flat(),
    placeholderData: (before) => before,
  });
  return (
    <Section
      title={text.queue.list}
      actions={
        <BareSelect
          label={text.queue.state}
          value={state}
          onChange={(event) => setState(event.target.value as State | "")}
          choices={[
            { value: "", label: text.common.all },
            { value: "waiting", label: text.queue.waiting },
            { value: "failed", label: text.queue.failed },
          ]}
        />
      }
    >
      {query.data && query.data.length > 0 && <PendingTable pending={query.data} />}
      {query.data?.length === 0 && <p className={styles.soft}>{text.common.noMatches}</p>}
      {query.error && <ErrorState error={query.error} inline onRetry={() => void query.refetch()} />}
      {query.hasNextPage && (
        <div>
          <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {text.documents.more}
          </Button>
        </div>
      )}
    </Section>
  );
}

function PendingTable({ pending }: { pending: readonly Pending[] }) {
  const text = useText();
  const format = useFormat();
  const mayFill = useMayFill();
  const { name: collection } = useCollection();
  const retrying = useFollow("knowledge.queue.retry");
  const clearing = useFollow("knowledge.queue.clear");
  const error = retrying.error ?? clearing.error;
  const columns: readonly Column<Pending>[] = [
    { key: "name", head: text.documents.name, grow: true, cell: (one) => <Reason pending={one} /> },
    {
      key: "state",
      head: text.queue.state,
      cell: ({ state }) => (
        <Status tone={state === "failed" ? "bad" : "still"}>
          {state === "failed" ? text.queue.failed : text.queue.waiting}
        </Status>
      ),
    },
    { key: "size", head: text.queue.size, align: "end", secondary: true, cell: (one) => format.bytes(one.size_bytes) },
    { key: "asked", head: text.queue.asked, secondary: true, cell: (one) => <When time={one.asked_at} /> },
    {
      key: "actions",
      head: <span className="visually-hidden">{text.common.actions}</span>,
      align: "end",
      cell: ({ name, state, not_before }) =>
        mayFill && (
          <span className={styles.actions}>
            {(state === "failed" || not_before !== null) && (
              <IconButton
                icon="refresh"
                size="small"
                label={text.documents.again(name)}
                onClick={() => void retrying.start({ collection, document: name })}
              />
            )}
            <IconButton
              icon="close"
              size="small"
              label={text.documents.cancel(name)}
              onClick={() => void clearing.start({ collection, document: name })}
            />
          </span>
        ),
    },
  ];
  return (
    <>
      <Table label={text.queue.list} columns={columns} rows={pending} keyOf={({ name }) => name} />
      {error && <ErrorState error={error} inline />}
    </>
  );
}

/** Its name and, where it failed, why and what to do. */
function Reason({ pending }: { pending: Pending }) {
  const text = useText();
  const { name, code, error, hint, not_before } = pending;
  return (
    <div className={styles.reason}>
      <span className={styles.name} title={name}>
        {name}
      </span>
      {error !== null && (
        <span className={styles.bad}>
          <Words>{(code !== null && text.errors[code]) || [error, hint].filter(Boolean).join(" ")}</Words>
        </span>
      )}
      {not_before !== null && (
        <span className={styles.soft}>
          {text.queue.goesOn} <When time={not_before} />
        </span>
      )}
    </div>
  );
}
