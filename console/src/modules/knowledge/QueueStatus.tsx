/** How the queue of a collection stands: a word, and how many wait or failed. */
import { Link } from "@tanstack/react-router";
import { useOperation } from "../../api/hooks.ts";
import { Status } from "../../components/Status.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { QUEUE_TONES, type Queue, stateOf } from "./queue.ts";

export function QueueStatus({ queue }: { queue: Queue }) {
  const text = useText();
  const format = useFormat();
  const state = stateOf(queue);
  const count = state === "failed" ? queue.failed : queue.waiting;
  return (
    <Status tone={QUEUE_TONES[state]}>
      {count > 0 ? text.queue.stateOf(text.queue.states[state], format.number(count)) : text.queue.states[state]}
    </Status>
  );
}

/** The same for a collection of which nothing else is known, leading to its queue. */
export function QueueCell({ collection }: { collection: string }) {
  const { data } = useOperation("knowledge.queue.show", { collection });
  return (
    data && (
      <Link to="/knowledge/collections/$collection/queue" params={{ collection }}>
        <QueueStatus queue={data} />
      </Link>
    )
  );
}
