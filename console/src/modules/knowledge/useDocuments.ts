/** The documents of a collection by their names, a page after another, those only whose name holds what is sought. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { call } from "../../api/client.ts";
import type { ApiError } from "../../api/errors.ts";
import type { OutputOf } from "../../api/operations.ts";

export type DocumentLine = OutputOf<"knowledge.document.list">[number];

const PAGE = 100;

export function useDocuments(collection: string, find: string) {
  const query = useInfiniteQuery<DocumentLine[], ApiError, DocumentLine[], readonly unknown[], string>({
    queryKey: ["knowledge.document.list", { collection, find }],
    queryFn: ({ pageParam, signal }) =>
      call("knowledge.document.list", { collection, after: pageParam, limit: PAGE, ...(find ? { find } : {}) }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => (page.length === PAGE ? page.at(-1)?.name : undefined),
    select: ({ pages }) => pages.flat(),
    placeholderData: (before) => before,
  });
  return {
    documents: query.data,
    error: query.error,
    retry: () => void query.refetch(),
    more: query.hasNextPage ? { busy: query.isFetchingNextPage, show: () => void query.fetchNextPage() } : null,
  };
}
