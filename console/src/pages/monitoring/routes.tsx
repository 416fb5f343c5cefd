/** The addresses of monitoring. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { signedIn } from "../../routing.tsx";

const overview = createRoute({
  getParentRoute: () => signedIn,
  path: "/monitoring",
  component: lazyRouteComponent(() => import("./Overview.tsx")),
});

export const monitoringRoutes = [overview] as const;
