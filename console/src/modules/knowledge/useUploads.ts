/** The uploads into a collection; they go on while other pages are looked at. */
import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { follow } from "../../api/client.ts";
import { Uploads } from "./uploads.ts";

const byCollection = new Map<string, Uploads>();

export function useUploads(collection: string): Uploads {
  const queries = useQueryClient();
  return useMemo(() => {
    const present = byCollection.get(collection);
    if (present) return present;
    const made = new Uploads(
      ({ name: document, file: data, later, onStep, signal }) =>
        follow("knowledge.upload", { collection, document, data, ...(later ? { later } : {}) }, { onStep, signal }),
      () => void queries.invalidateQueries(),
    );
    byCollection.set(collection, made);
    return made;
  }, [collection, queries]);
}
