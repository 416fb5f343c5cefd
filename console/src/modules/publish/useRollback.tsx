/** Rolling back: one press, said in a toast with how long it took, and undone by going forward again. */
import { useCallback } from "react";
import { useFollow } from "../../api/hooks.ts";
import { useToasts } from "../../components/Toasts.tsx";
import { useText } from "../../i18n/text.tsx";

export function useRollback() {
  const text = useText();
  const toasts = useToasts();
  const rolling = useFollow("app.rollback");
  const { start } = rolling;

  const rollBack = useCallback(
    async (app: string, to: number): Promise<void> => {
      const done = await start({ app, to });
      if (!done) return;
      const { replaces, seconds } = done.release;
      toasts.show({
        message: text.release.rolledBack(app, to),
        tookMs: seconds * 1000,
        ...(replaces === null ? {} : { undo: () => void rollBack(app, replaces) }),
      });
    },
    [start, toasts, text],
  );
  return { rollBack, rolling };
}
