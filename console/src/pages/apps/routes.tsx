/** The addresses of the apps: all of them, and one with its pages. What is below /apps/ is the apps' own. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { signedIn } from "../../routing.tsx";

const all = createRoute({
  getParentRoute: () => signedIn,
  path: "/app",
  component: lazyRouteComponent(() => import("./Apps.tsx")),
});

const app = createRoute({
  getParentRoute: () => signedIn,
  path: "/app/$app",
  component: lazyRouteComponent(() => import("./AppFrame.tsx")),
});

const overview = createRoute({
  getParentRoute: () => app,
  path: "/",
  component: lazyRouteComponent(() => import("./Overview.tsx")),
});

const releases = createRoute({
  getParentRoute: () => app,
  path: "/releases",
  component: lazyRouteComponent(() => import("./AppReleases.tsx")),
});

const logs = createRoute({
  getParentRoute: () => app,
  path: "/logs",
  component: lazyRouteComponent(() => import("./AppLogs.tsx")),
});

const environment = createRoute({
  getParentRoute: () => app,
  path: "/environment",
  component: lazyRouteComponent(() => import("./Environment.tsx")),
});

const domains = createRoute({
  getParentRoute: () => app,
  path: "/domains",
  component: lazyRouteComponent(() => import("./Domains.tsx")),
});

const cron = createRoute({
  getParentRoute: () => app,
  path: "/cron",
  component: lazyRouteComponent(() => import("./Cron.tsx")),
});

const database = createRoute({
  getParentRoute: () => app,
  path: "/database",
  component: lazyRouteComponent(() => import("./AppDatabase.tsx")),
});

const trouble = createRoute({
  getParentRoute: () => app,
  path: "/trouble",
  component: lazyRouteComponent(() => import("./Trouble.tsx")),
});

const settings = createRoute({
  getParentRoute: () => app,
  path: "/settings",
  component: lazyRouteComponent(() => import("./AppSettings.tsx")),
});

export const appRoutes = [
  all,
  app.addChildren([overview, releases, logs, environment, domains, cron, database, trouble, settings]),
] as const;
