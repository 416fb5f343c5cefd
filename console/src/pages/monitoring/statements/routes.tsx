/** The address of the slow queries: a branch, how they are sorted, and the one that is looked into. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { TOPS, type Top } from "../../../modules/statements/statements.ts";
import { signedIn } from "../../../routing.tsx";

export interface Seen {
  ref?: string;
  by?: Top;
  id?: string;
}

const statements = createRoute({
  getParentRoute: () => signedIn,
  path: "/monitoring/statements",
  validateSearch: (search: Record<string, unknown>): Seen => {
    const by = TOPS.find((each) => each === search.by);
    return {
      ...(typeof search.ref === "string" || typeof search.ref === "number" ? { ref: String(search.ref) } : {}),
      ...(by ? { by } : {}),
      ...(typeof search.id === "string" ? { id: search.id } : {}),
    };
  },
  component: lazyRouteComponent(() => import("./Statements.tsx")),
});

export const statementRoutes = [statements] as const;
