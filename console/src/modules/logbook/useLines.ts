/** The lines that meet a query, page after page as far back as was scrolled. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { call } from "../../api/client.ts";
import type { ApiError } from "../../api/errors.ts";
import type { OutputOf } from "../../api/operations.ts";
import { type Asked, type Line, searchOf } from "./asked.ts";

type Page = OutputOf<"log.search">;

interface Found {
  readonly lines: readonly Line[] | undefined;
  readonly error: ApiError | null;
  readonly retry: () => void;
  /** Looks further back; left out where there is no more, and while that goes on. */
  readonly more: (() => void) | undefined;
  readonly searching: boolean;
  readonly incomplete: boolean;
  readonly missing: number;
  /** Nodes of which lines are still to come. */
  readonly late: Page["late"];
}

const PAGE = 200;

export function useLines(asked: Asked): Found {
  const input = searchOf(asked);
  const query = useInfiniteQuery<Page, ApiError, Page[], readonly unknown[], string | null>({
    queryKey: ["log.search", input],
    queryFn: ({ pageParam, signal }) => call("log.search", { ...input, limit: PAGE, before: pageParam }, signal),
    initialPageParam: null,
    getNextPageParam: (page) => page.cursor,
    select: ({ pages }) => pages,
    meta: { costly: true },
  });
  const pages = query.data;
  const searching = query.isFetchingNextPage;
  return {
    lines: pages?.flatMap(({ lines }) => lines),
    error: query.error,
    retry: () => void query.refetch(),
    more: query.hasNextPage && !searching ? () => void query.fetchNextPage() : undefined,
    searching,
    incomplete: pages?.at(-1)?.complete === false,
    missing: pages?.reduce((sum, page) => sum + page.missing, 0) ?? 0,
    late: pages?.[0]?.late ?? [],
  };
}
