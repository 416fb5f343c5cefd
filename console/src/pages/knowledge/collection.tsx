/** Which collection one looks at: the pages below its frame ask here. */
import { createContext, useContext } from "react";
import { useSession } from "../../api/session.ts";
import { type Collection, mayFill } from "../../modules/knowledge/collections.ts";

export const CollectionContext = createContext<Collection | null>(null);

export function useCollection(): Collection {
  const collection = useContext(CollectionContext);
  if (!collection) throw new Error("useCollection outside of a collection's page");
  return collection;
}

export function useMayFill(): boolean {
  return mayFill(useSession(), useCollection());
}
