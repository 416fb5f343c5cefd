/** What one does to files, each with a way back: the toast's Undo restores the paths to the moment before. */
import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { call } from "../../api/client.ts";
import type { OutputOf } from "../../api/operations.ts";
import { useToasts } from "../../components/Toasts.tsx";
import { useText } from "../../i18n/text.tsx";
import { useWhere } from "../branch/where.tsx";

type Changed = Pick<OutputOf<"files.move">, "paths" | "before" | "undo_paths" | "seconds">;

export interface FileActions {
  readonly createFile: (path: string) => Promise<boolean>;
  readonly createFolder: (path: string) => Promise<boolean>;
  readonly move: (paths: readonly string[], to: string) => Promise<Changed | null>;
  readonly remove: (paths: readonly string[]) => Promise<boolean>;
}

export function useFileActions(): FileActions {
  const text = useText();
  const toasts = useToasts();
  const queries = useQueryClient();
  const { ref } = useWhere();

  return useMemo(() => {
    const refresh = () => queries.invalidateQueries({ queryKey: ["files.ls"] });
    const undo = async ({ undo_paths, before }: Changed) => {
      try {
        const done = await call("files.restore", { ref, path: undo_paths, at: before });
        toasts.show({ message: text.files.restored, tookMs: done.seconds * 1000 });
        await refresh();
      } catch (error) {
        toasts.fail(error);
      }
    };
    const attempt = async (work: () => Promise<Changed>, message: string | null): Promise<Changed | null> => {
      try {
        const changed = await work();
        if (message !== null) {
          toasts.show({ message, tookMs: changed.seconds * 1000, undo: () => void undo(changed) });
        }
        await refresh();
        return changed;
      } catch (error) {
        toasts.fail(error);
        return null;
      }
    };
    return {
      createFile: async (path) => {
        const write = () => call("files.write", { ref, path, content: new Uint8Array(), expected: "absent" });
        return (await attempt(write, null)) !== null;
      },
      createFolder: async (path) => (await attempt(() => call("files.mkdir", { ref, path }), null)) !== null,
      move: (paths, to) => attempt(() => call("files.move", { ref, path: [...paths], to }), text.files.moved(to)),
      remove: async (paths) => {
        const names = paths.length === 1 ? (paths[0] ?? "") : text.files.count(paths.length);
        return (
          (await attempt(() => call("files.delete", { ref, path: [...paths] }), text.files.deleted(names))) !== null
        );
      },
    };
  }, [ref, text, toasts, queries]);
}
