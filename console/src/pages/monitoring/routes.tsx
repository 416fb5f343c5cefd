/** The addresses of monitoring. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { signedIn } from "../../routing.tsx";
import { alertRoutes } from "./alerts/routes.tsx";
import { logRoutes } from "./logs/routes.tsx";
import { seenIn } from "./seen.ts";
import { statementRoutes } from "./statements/routes.tsx";

const overview = createRoute({
  getParentRoute: () => signedIn,
  path: "/monitoring",
  component: lazyRouteComponent(() => import("./Overview.tsx")),
});

const dashboards = createRoute({
  getParentRoute: () => signedIn,
  path: "/monitoring/dashboards",
  validateSearch: seenIn,
  component: lazyRouteComponent(() => import("./Dashboards.tsx")),
});

export const monitoringRoutes = [overview, dashboards, ...alertRoutes, ...statementRoutes, ...logRoutes] as const;
