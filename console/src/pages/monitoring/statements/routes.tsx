/** The address of the slow queries: a branch, how they are sorted, and the one that is looked into. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { signedIn } from "../../../routing.tsx";
import { seenIn } from "./seen.ts";

const statements = createRoute({
  getParentRoute: () => signedIn,
  path: "/monitoring/statements",
  validateSearch: seenIn,
  component: lazyRouteComponent(() => import("./Statements.tsx")),
});

export const statementRoutes = [statements] as const;
