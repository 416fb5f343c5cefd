/** Draining a node and taking it back: said in a toast, and undone with the apps that were there brought back. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { call, follow } from "../../api/client.ts";
import { useFollow } from "../../api/hooks.ts";
import { useToasts } from "../../components/Toasts.tsx";
import { useText } from "../../i18n/text.tsx";

export function useDraining() {
  const text = useText();
  const toasts = useToasts();
  const queries = useQueryClient();
  const draining = useFollow("node.drain");
  const { start } = draining;

  const takeBack = useCallback(
    async (node: string, apps: readonly string[]) => {
      try {
        const began = performance.now();
        await call("node.drain", { name: node, off: true });
        for (const app of apps) await follow("app.move", { app, to: node }); // nothing is done for one that is still there
        toasts.show({ message: text.nodes.takesWork(node), tookMs: performance.now() - began });
      } catch (error) {
        toasts.fail(error);
      }
      await queries.invalidateQueries();
    },
    [queries, text, toasts],
  );

  const drain = useCallback(
    async (node: string, apps: readonly string[]): Promise<boolean> => {
      const began = performance.now();
      if (!(await start({ name: node }))) return false;
      toasts.show({
        message: apps.length > 0 ? text.nodes.drainsApps(node, apps.length) : text.nodes.drains(node),
        tookMs: performance.now() - began,
        undo: () => void takeBack(node, apps),
      });
      return true;
    },
    [start, takeBack, text, toasts],
  );
  return { draining, drain, takeBack };
}
