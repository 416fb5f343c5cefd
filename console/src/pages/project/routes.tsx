/** The addresses of a project's pages. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { signedIn } from "../../routing.tsx";

const project = createRoute({
  getParentRoute: () => signedIn,
  path: "/projects/$ref",
  component: lazyRouteComponent(() => import("./Project.tsx")),
});

export const projectRoutes = [project] as const;
