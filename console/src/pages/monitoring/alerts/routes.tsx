/** The addresses of the alert centre. Messages about an alert link to the first, with what they are about. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { signedIn } from "../../../routing.tsx";

/** Which alert is looked at. */
export interface Asked {
  rule?: string;
  label?: string;
  kind?: string;
}

function asked(search: Record<string, unknown>): Asked {
  return Object.fromEntries(
    ["rule", "label", "kind"].flatMap((name) => {
      const value = search[name];
      return typeof value === "string" || typeof value === "number" ? [[name, String(value)]] : [];
    }),
  );
}

const now = createRoute({
  getParentRoute: () => signedIn,
  path: "/monitoring/alerts",
  validateSearch: asked,
  component: lazyRouteComponent(() => import("./Alerts.tsx")),
});

const history = createRoute({
  getParentRoute: () => signedIn,
  path: "/monitoring/alerts/history",
  validateSearch: asked,
  component: lazyRouteComponent(() => import("./History.tsx")),
});

const rules = createRoute({
  getParentRoute: () => signedIn,
  path: "/monitoring/alerts/rules",
  validateSearch: asked,
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
