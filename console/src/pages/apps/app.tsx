/** Which app one looks at: the pages below an app's frame ask here. */
import { createContext, useContext } from "react";
import { useMay } from "../../api/session.ts";
import type { App } from "../../modules/publish/apps.ts";

export const AppContext = createContext<App | null>(null);

export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error("useApp outside of an app's page");
  return app;
}

/** Whether the person may configure the app and its data. */
export function useMayConfigure(): boolean {
  const app = useApp();
  return useMay()("admin", app.project);
}
