/** The address of the log explorer; all that is asked stands in it, so that it can be sent. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { type Asked, askedIn } from "../../../modules/logbook/asked.ts";
import { signedIn } from "../../../routing.tsx";

const logs = createRoute({
  getParentRoute: () => signedIn,
  path: "/monitoring/logs",
  validateSearch: (search: Record<string, unknown>): Asked => askedIn(search),
  component: lazyRouteComponent(() => import("./LogExplorer.tsx")),
});

export const logRoutes = [logs] as const;
