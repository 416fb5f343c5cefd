/** Deletes documents once the message that offers to keep them has gone: what is deleted cannot be had back. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useSyncExternalStore } from "react";
import { call } from "../../api/client.ts";
import { useToasts } from "../../components/Toasts.tsx";
import { useText } from "../../i18n/text.tsx";

export interface Deletion {
  /** Whether a document is as good as gone. */
  readonly isLeaving: (document: string) => boolean;
  readonly start: (document: string) => void;
}

const listeners = new Set<() => void>();
let leaving: ReadonlySet<string> = new Set();

export function useDeletion(collection: string): Deletion {
  const text = useText();
  const toasts = useToasts();
  const queries = useQueryClient();
  const now = useSyncExternalStore(subscribe, snapshot);
  const isLeaving = useCallback((document: string) => now.has(keyOf(collection, document)), [now, collection]);
  const start = useCallback(
    (document: string) => {
      const key = keyOf(collection, document);
      let kept = false;
      change((names) => names.add(key));
      toasts.show({
        message: text.documents.leaving(document),
        undo: () => {
          kept = true;
          change((names) => names.delete(key));
        },
        onGone: () => {
          if (kept) return;
          call("knowledge.document.delete", { collection, document })
            .catch(toasts.fail)
            .then(() => queries.invalidateQueries())
            .finally(() => change((names) => names.delete(key)));
        },
      });
    },
    [collection, queries, text, toasts],
  );
  return { isLeaving, start };
}

function keyOf(collection: string, document: string): string {
  return `${collection}/${document}`;
}

function change(how: (names: Set<string>) => void): void {
  const next = new Set(leaving);
  how(next);
  leaving = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function snapshot(): ReadonlySet<string> {
  return leaving;
}
