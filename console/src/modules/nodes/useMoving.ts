/** Moving an app to another node: said in a toast with how long it took, and undone by moving it back. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { follow } from "../../api/client.ts";
import { useFollow } from "../../api/hooks.ts";
import { useToasts } from "../../components/Toasts.tsx";
import { useText } from "../../i18n/text.tsx";

export function useMoving() {
  const text = useText();
  const toasts = useToasts();
  const queries = useQueryClient();
  const moving = useFollow("app.move");
  const { start } = moving;

  const move = useCallback(
    async (app: string, from: string | null, to: string): Promise<boolean> => {
      const began = performance.now();
      if (!(await start({ app, to }))) return false;
      const back = async (before: string) => {
        try {
          await follow("app.move", { app, to: before });
          toasts.show({ message: text.nodes.moved(app, before) });
        } catch (error) {
          toasts.fail(error);
        }
        await queries.invalidateQueries();
      };
      toasts.show({
        message: text.nodes.moved(app, to),
        tookMs: performance.now() - began,
        ...(from === null ? {} : { undo: () => void back(from) }),
      });
      return true;
    },
    [queries, start, text, toasts],
  );
  return { moving, move };
}
