/** Every address of the console, and the page that answers it. Pages load when they are first gone to. */
import type { QueryClient } from "@tanstack/react-query";
import { createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { appRoutes } from "./pages/apps/routes.tsx";
import { knowledgeRoutes } from "./pages/knowledge/routes.tsx";
import { modelRoutes } from "./pages/models/routes.tsx";
import { monitoringRoutes } from "./pages/monitoring/routes.tsx";
import { projectRoutes } from "./pages/project/routes.tsx";
import type { AuditFilters } from "./pages/system/Audit.tsx";
import { Crashed, NotFound } from "./pages/Troubles.tsx";
import { root, signedIn } from "./routing.tsx";

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (search: Record<string, unknown>): { next?: string } =>
    typeof search.next === "string" && /^\/(?![/\\\s])/.test(search.next) ? { next: search.next } : {},
  component: lazyRouteComponent(() => import("./pages/sign-in/SignIn.tsx")),
});

const home = createRoute({
  getParentRoute: () => signedIn,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/projects" });
  },
});

const projects = createRoute({
  getParentRoute: () => signedIn,
  path: "/projects",
  component: lazyRouteComponent(() => import("./pages/projects/Projects.tsx")),
});

const people = createRoute({
  getParentRoute: () => signedIn,
  path: "/people",
  component: lazyRouteComponent(() => import("./pages/people/People.tsx")),
});

const person = createRoute({
  getParentRoute: () => signedIn,
  path: "/people/$name",
  component: lazyRouteComponent(() => import("./pages/people/PersonPage.tsx")),
});

const account = createRoute({
  getParentRoute: () => signedIn,
  path: "/account",
  component: lazyRouteComponent(() => import("./pages/account/Account.tsx")),
});

const tokens = createRoute({
  getParentRoute: () => signedIn,
  path: "/account/tokens",
  component: lazyRouteComponent(() => import("./pages/account/Tokens.tsx")),
});

const system = createRoute({
  getParentRoute: () => signedIn,
  path: "/system",
  component: lazyRouteComponent(() => import("./pages/system/System.tsx")),
});

const jobs = createRoute({
  getParentRoute: () => signedIn,
  path: "/system/jobs",
  component: lazyRouteComponent(() => import("./pages/system/Jobs.tsx")),
});

const job = createRoute({
  getParentRoute: () => signedIn,
  path: "/system/jobs/$job",
  component: lazyRouteComponent(() => import("./pages/system/JobPage.tsx")),
});

const nodes = createRoute({
  getParentRoute: () => signedIn,
  path: "/system/nodes",
  component: lazyRouteComponent(() => import("./pages/system/nodes/Nodes.tsx")),
});

const ports = createRoute({
  getParentRoute: () => signedIn,
  path: "/system/ports",
  component: lazyRouteComponent(() => import("./pages/system/Ports.tsx")),
});

const approvals = createRoute({
  getParentRoute: () => signedIn,
  path: "/approvals",
  component: lazyRouteComponent(() => import("./pages/approvals/Approvals.tsx")),
});

const addons = createRoute({
  getParentRoute: () => signedIn,
  path: "/system/add-ons",
  component: lazyRouteComponent(() => import("./pages/system/AddOns.tsx")),
});

const audit = createRoute({
  getParentRoute: () => signedIn,
  path: "/system/audit",
  validateSearch: (search: Record<string, unknown>): AuditFilters =>
    Object.fromEntries(
      ["who", "project", "operation", "outcome"].flatMap((name) =>
        typeof search[name] === "string" ? [[name, search[name]]] : [],
      ),
    ),
  component: lazyRouteComponent(() => import("./pages/system/Audit.tsx")),
});

const logs = createRoute({
  getParentRoute: () => signedIn,
  path: "/system/logs",
  validateSearch: (search: Record<string, unknown>): { name?: string; find?: string } => ({
    ...(typeof search.name === "string" ? { name: search.name } : {}),
    ...(typeof search.find === "string" ? { find: search.find } : {}),
  }),
  component: lazyRouteComponent(() => import("./pages/system/LogsPage.tsx")),
});

const settings = createRoute({
  getParentRoute: () => signedIn,
  path: "/system/settings",
  component: lazyRouteComponent(() => import("./pages/system/Settings.tsx")),
});

const tree = root.addChildren([
  signIn,
  signedIn.addChildren([
    home,
    projects,
    people,
    person,
    account,
    tokens,
    system,
    jobs,
    job,
    nodes,
    ports,
    approvals,
    addons,
    audit,
    logs,
    settings,
    ...projectRoutes,
    ...appRoutes,
    ...knowledgeRoutes,
    ...modelRoutes,
    ...monitoringRoutes,
  ]),
]);

export function routerFor(queries: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { queries },
    defaultPreload: "intent",
    defaultPreloadStaleTime: 0,
    defaultErrorComponent: Crashed,
    defaultNotFoundComponent: NotFound,
    scrollRestoration: true,
    pathParamsAllowedCharacters: [":"], // `shop:try-x` stays readable
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof routerFor>;
  }
}
