/** The addresses of the alert centre. Messages about an alert link to the first, with what they are about. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { signedIn } from "../../../routing.tsx";
import { askedIn } from "./asked.ts";

const now = createRoute({
  getParentRoute: () => signedIn,
  path: "/monitoring/alerts",
  validateSearch: askedIn,
  component: lazyRouteComponent(() => import("./Alerts.tsx")),
});

const history = createRoute({
  getParentRoute: () => signedIn,
  path: "/monitoring/alerts/history",
  validateSearch: askedIn,
  component: lazyRouteComponent(() => import("./History.tsx")),
});

const rules = createRoute({
  getParentRoute: () => signedIn,
  path: "/monitoring/alerts/rules",
  validateSearch: askedIn,
  component: lazyRouteComponent(() => import("./Rules.tsx")),
});

const channels = createRoute({
  getParentRoute: () => signedIn,
  path: "/monitoring/alerts/channels",
  component: lazyRouteComponent(() => import("./Channels.tsx")),
});

const runbook = createRoute({
  getParentRoute: () => signedIn,
  path: "/monitoring/runbook/$rule",
  component: lazyRouteComponent(() => import("./Runbook.tsx")),
});

export const alertRoutes = [now, history, rules, channels, runbook] as const;
