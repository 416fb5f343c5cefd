/** The addresses of the knowledge: the collections, a search through several, and one collection with its pages. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { readSearch, readTested } from "../../modules/knowledge/asked.ts";
import { signedIn } from "../../routing.tsx";

const list = createRoute({
  getParentRoute: () => signedIn,
  path: "/knowledge",
  component: lazyRouteComponent(() => import("./Knowledge.tsx")),
});

const everywhere = createRoute({
  getParentRoute: () => signedIn,
  path: "/knowledge/search",
  validateSearch: readSearch,
  component: lazyRouteComponent(() => import("./SearchPage.tsx")),
});

const collection = createRoute({
  getParentRoute: () => signedIn,
  path: "/knowledge/collections/$collection",
  component: lazyRouteComponent(() => import("./CollectionFrame.tsx")),
});

const search = createRoute({
  getParentRoute: () => collection,
  path: "/",
  validateSearch: readSearch,
  component: lazyRouteComponent(() => import("./CollectionSearch.tsx")),
});

const documents = createRoute({
  getParentRoute: () => collection,
  path: "/documents",
  component: lazyRouteComponent(() => import("./Documents.tsx")),
});

interface Reading {
  /** In the address as a question: names hold slashes. */
  document: string;
  passage?: number;
  /** The query that led here: its words are marked. */
  q?: string;
}

const reader = createRoute({
  getParentRoute: () => collection,
  path: "/read",
  validateSearch: (search: Record<string, unknown>): Reading => ({
    document: String(search.document ?? ""),
    ...(typeof search.passage === "number" ? { passage: search.passage } : {}),
    ...(search.q === undefined ? {} : { q: String(search.q) }),
  }),
  component: lazyRouteComponent(() => import("./Reader.tsx")),
});

const test = createRoute({
  getParentRoute: () => collection,
  path: "/test",
  validateSearch: readTested,
  component: lazyRouteComponent(() => import("./RetrievalTest.tsx")),
});

const queue = createRoute({
  getParentRoute: () => collection,
  path: "/queue",
  component: lazyRouteComponent(() => import("./Queue.tsx")),
});

const sources = createRoute({
  getParentRoute: () => collection,
  path: "/sources",
  component: lazyRouteComponent(() => import("./Sources.tsx")),
});

const settings = createRoute({
  getParentRoute: () => collection,
  path: "/settings",
  component: lazyRouteComponent(() => import("./CollectionSettings.tsx")),
});

export const knowledgeRoutes = [
  list,
  everywhere,
  collection.addChildren([search, documents, reader, test, queue, sources, settings]),
] as const;
