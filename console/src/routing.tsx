/** The two routes that all others hang from: the root, and what lies behind the sign-in. */
import { type QueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, Outlet, redirect, useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";
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
  component: SignedIn,
  errorComponent: Crashed,
});

/** A session that ends while a page is open leads back to the sign-in, and from there to this page again. */
function SignedIn() {
  const { data: session } = useSuspenseQuery(SESSION);
  if (!session) return <ToSignIn />;
  return (
    <LiveProvider>
      <Shell />
    </LiveProvider>
  );
}

/** Goes there once, with the address as it was: asked for again on the way, it would hold itself, without end. */
function ToSignIn() {
  const router = useRouter();
  const [next] = useState(() => router.state.location.href);
  useEffect(() => void router.navigate({ to: "/sign-in", search: { next } }), [router, next]);
  return null;
}
