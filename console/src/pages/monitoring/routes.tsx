/** The addresses of monitoring. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { signedIn } from "../../routing.tsx";
import { alertRoutes } from "./alerts/routes.tsx";
import type { Seen } from "./Dashboards.tsx";
import { logRoutes } from "./logs/routes.tsx";
import { statementRoutes } from "./statements/routes.tsx";

const overview = createRoute({
  getParentRoute: () => signedIn,
  path: "/monitoring",
  component: lazyRouteComponent(() => import("./Overview.tsx")),
});

const dashboards = createRoute({
  getParentRoute: () => signedIn,
  path: "/monitoring/dashboards",
  validateSearch: (search: Record<string, unknown>): Seen => ({
    ...Object.fromEntries(
      ["kind", "label", "since", "until"].flatMap((name) =>
        // A name that looks like a number is read as one.
        ["string", "number"].includes(typeof search[name]) ? [[name, String(search[name])]] : [],
      ),
    ),
    ...(search.compare === "week" ? { compare: "week" } : {}),
  }),
  component: lazyRouteComponent(() => import("./Dashboards.tsx")),
});

export const monitoringRoutes = [overview, dashboards, ...alertRoutes, ...statementRoutes, ...logRoutes] as const;
