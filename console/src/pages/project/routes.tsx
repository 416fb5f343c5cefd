/** The addresses of a project's pages. All carry the branch, as operations write it, and the moment looked at. */
import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { signedIn } from "../../routing.tsx";

interface Looking {
  /** The past moment looked at, RFC 3339; left out: now. */
  at?: string;
}

const project = createRoute({
  getParentRoute: () => signedIn,
  path: "/projects/$ref",
  validateSearch: (search: Record<string, unknown>): Looking =>
    typeof search.at === "string" && !Number.isNaN(Date.parse(search.at)) ? { at: search.at } : {},
  component: lazyRouteComponent(() => import("./ProjectFrame.tsx")),
});

const index = createRoute({
  getParentRoute: () => project,
  path: "/",
  beforeLoad: ({ params, search }) => {
    throw redirect({ to: "/projects/$ref/studio", params, search });
  },
});

const studio = createRoute({
  getParentRoute: () => project,
  path: "/studio",
  validateSearch: (search: Record<string, unknown>): { file?: string } =>
    typeof search.file === "string" ? { file: search.file } : {},
  component: lazyRouteComponent(() => import("./Studio.tsx")),
});

const time = createRoute({
  getParentRoute: () => project,
  path: "/time",
  component: lazyRouteComponent(() => import("./Time.tsx")),
});

const data = createRoute({
  getParentRoute: () => project,
  path: "/data",
  validateSearch: (search: Record<string, unknown>): { table?: string } =>
    typeof search.table === "string" ? { table: search.table } : {},
  component: lazyRouteComponent(() => import("./Data.tsx")),
});

const publish = createRoute({
  getParentRoute: () => project,
  path: "/publish",
  component: lazyRouteComponent(() => import("./Publish.tsx")),
});

const release = createRoute({
  getParentRoute: () => project,
  path: "/publish/releases/$number",
  validateSearch: (search: Record<string, unknown>): { app?: string } =>
    typeof search.app === "string" ? { app: search.app } : {},
  component: lazyRouteComponent(() => import("./ReleasePage.tsx")),
});

const settings = createRoute({
  getParentRoute: () => project,
  path: "/settings",
  component: lazyRouteComponent(() => import("./ProjectSettings.tsx")),
});

const git = createRoute({
  getParentRoute: () => project,
  path: "/settings/git",
  component: lazyRouteComponent(() => import("./Git.tsx")),
});

const questions = createRoute({
  getParentRoute: () => project,
  path: "/models",
  validateSearch: (search: Record<string, unknown>): { q?: string } =>
    typeof search.q === "string" ? { q: search.q } : {},
  component: lazyRouteComponent(() => import("./models/Questions.tsx")),
});

const learned = createRoute({
  getParentRoute: () => project,
  path: "/models/learned",
  component: lazyRouteComponent(() => import("./models/Learned.tsx")),
});

const vectorizers = createRoute({
  getParentRoute: () => project,
  path: "/models/vectorizers",
  component: lazyRouteComponent(() => import("./models/Vectorizers.tsx")),
});

interface Searching {
  vectorizer?: string;
  q?: string;
}

const retrieval = createRoute({
  getParentRoute: () => project,
  path: "/models/retrieval",
  validateSearch: (search: Record<string, unknown>): Searching => ({
    ...(typeof search.vectorizer === "string" ? { vectorizer: search.vectorizer } : {}),
    ...(typeof search.q === "string" ? { q: search.q } : {}),
  }),
  component: lazyRouteComponent(() => import("./models/Retrieval.tsx")),
});

const redaction = createRoute({
  getParentRoute: () => project,
  path: "/models/redaction",
  component: lazyRouteComponent(() => import("./models/Redaction.tsx")),
});

export const projectRoutes = [
  project.addChildren([
    index,
    studio,
    time,
    data,
    questions,
    learned,
    vectorizers,
    retrieval,
    redaction,
    publish,
    release,
    settings,
    git,
  ]),
] as const;
