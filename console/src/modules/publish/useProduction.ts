/** Which branches hold the data of published apps: nothing is published from them, and they are marked. */
import { useOperation } from "../../api/hooks.ts";

export function useProduction(): ReadonlySet<string> {
  const apps = useOperation("app.list", {});
  return new Set(
    (apps.data ?? []).flatMap((app) => (app.kind === "production" && app.database !== null ? [app.database] : [])),
  );
}
