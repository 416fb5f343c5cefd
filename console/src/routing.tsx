/** The two routes that all others hang from: the root, and what lies behind the sign-in. */
import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, Outlet, redirect } from "@tanstack/react-router";
import { SESSION } from "./api/session.ts";
import { LiveProvider } from "./modules/LiveProvider.tsx";
import { Shell } from "./modules/Shell.tsx";
import { Crashed, NotFound } from "./pages/Troubles.tsx";

export const root = createRootRouteWithContext<{ queries: QueryClient }>()({
  component: Outlet,
  notFoundComponent: NotFound,
});

export const signedIn = createRoute({
  getParentRoute: () => root,
  id: "signed-in",
  beforeLoad: async ({ context, location }) => {
    const session = await context.queries.ensureQueryData(SESSION);
    if (!session) throw redirect({ to: "/sign-in", search: { next: location.href } });
  },
  component: () => (
    <LiveProvider>
      <Shell />
    </LiveProvider>
  ),
  errorComponent: Crashed,
});
