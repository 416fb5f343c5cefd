/** The addresses of the models: the list, the playground, what was spent, and each call. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { GROUPS, type Group, PERIODS, type Period } from "../../modules/models/usage.ts";
import { signedIn } from "../../routing.tsx";
import type { CallFilters } from "./Calls.tsx";

const list = createRoute({
  getParentRoute: () => signedIn,
  path: "/models",
  component: lazyRouteComponent(() => import("./Models.tsx")),
});

interface Trying {
  /** The models asked, in the order of their answers. */
  models?: string[];
  /** The branch whose models and budgets hold. */
  ref?: string;
}

const playground = createRoute({
  getParentRoute: () => signedIn,
  path: "/models/playground",
  validateSearch: (search: Record<string, unknown>): Trying => ({
    ...(Array.isArray(search.models) ? { models: search.models.filter((name) => typeof name === "string") } : {}),
    ...(typeof search.ref === "string" ? { ref: search.ref } : {}),
  }),
  component: lazyRouteComponent(() => import("./Playground.tsx")),
});

interface Spent {
  days?: Period;
  by?: Group;
}

const spend = createRoute({
  getParentRoute: () => signedIn,
  path: "/models/spend",
  validateSearch: (search: Record<string, unknown>): Spent => {
    const days = PERIODS.find((each) => each === search.days);
    const by = GROUPS.find((each) => each === search.by);
    return { ...(days ? { days } : {}), ...(by ? { by } : {}) };
  },
  component: lazyRouteComponent(() => import("./Spend.tsx")),
});

const calls = createRoute({
  getParentRoute: () => signedIn,
  path: "/models/audit",
  validateSearch: (search: Record<string, unknown>): CallFilters =>
    Object.fromEntries(
      ["model", "person", "purpose", "outcome", "ref"].flatMap((name) =>
        typeof search[name] === "string" ? [[name, search[name]]] : [],
      ),
    ),
  component: lazyRouteComponent(() => import("./Calls.tsx")),
});

const one = createRoute({
  getParentRoute: () => signedIn,
  path: "/models/audit/$request",
  component: lazyRouteComponent(() => import("./CallPage.tsx")),
});

export const modelRoutes = [list, playground, spend, calls, one] as const;
