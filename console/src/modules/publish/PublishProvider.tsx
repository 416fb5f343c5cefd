/** Publishing goes on whatever page one looks at: its panel lies over all of them, and a toast says how it ended. */
import { useQueryClient } from "@tanstack/react-query";
import {
  createContext,
  lazy,
  type ReactNode,
  Suspense,
  useContext,
  useMemo,
  useState,
  useSyncExternalStore,
} from "react";
import type { InputOf } from "../../api/operations.ts";
import { useToasts } from "../../components/Toasts.tsx";
import { useText } from "../../i18n/text.tsx";
import { Publishes, type Run } from "./publishes.ts";
import { useRollback } from "./useRollback.tsx";

const PublishPanel = lazy(() => import("./PublishPanel.tsx"));

interface Publishing {
  readonly runs: readonly Run[];
  readonly publish: (input: InputOf<"app.publish">, app: string) => Promise<Run>;
}

const PublishingContext = createContext<Publishing | null>(null);

export function PublishProvider({ children }: { children: ReactNode }) {
  const text = useText();
  const toasts = useToasts();
  const queries = useQueryClient();
  const { rollBack } = useRollback();
  const [publishes] = useState(() => new Publishes());
  const runs = useSyncExternalStore(publishes.watch, publishes.runs);

  const publishing = useMemo<Publishing>(() => {
    const publish = async (input: InputOf<"app.publish">, app: string) => {
      const run = await publishes.start(input, app);
      await queries.invalidateQueries();
      if (!run.result) return run;
      const { app: name, release, unchanged, url } = run.result;
      const { number, replaces, seconds } = release;
      toasts.show({
        message: (
          <>
            {unchanged ? text.publish.unchanged(number) : text.publish.done(name, number)}{" "}
            {url && (
              <a href={url} target="_blank" rel="noreferrer">
                {url}
              </a>
            )}
          </>
        ),
        tookMs: unchanged ? null : seconds * 1000,
        ...(unchanged || replaces === null ? {} : { undo: () => void rollBack(name, replaces) }),
      });
      publishes.forget(run.id);
      return run;
    };
    return { runs, publish };
  }, [runs, publishes, queries, toasts, text, rollBack]);

  return (
    <PublishingContext value={publishing}>
      {children}
      {runs.length > 0 && (
        <Suspense>
          <PublishPanel runs={runs} onForget={(id) => publishes.forget(id)} />
        </Suspense>
      )}
    </PublishingContext>
  );
}

export function usePublishing(): Publishing {
  const publishing = useContext(PublishingContext);
  if (!publishing) throw new Error("usePublishing outside of PublishProvider");
  return publishing;
}
