/** The uploads of the branch one is on; they go on while other pages are looked at. */
import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { call } from "../../api/client.ts";
import { useWhere } from "../branch/where.tsx";
import { type Begun, Uploads, type UploadWire } from "./uploads.ts";

const byBranch = new Map<string, Uploads>();

export function useUploads(): Uploads {
  const { ref } = useWhere();
  const queries = useQueryClient();
  return useMemo(() => {
    const present = byBranch.get(ref);
    if (present) return present;
    const made = new Uploads(wireTo(ref), () => void queries.invalidateQueries({ queryKey: ["files.ls"] }));
    byBranch.set(ref, made);
    return made;
  }, [ref, queries]);
}

function wireTo(ref: string): UploadWire {
  return {
    find: async (path, size) => {
      const open = await call("upload.list", { ref });
      return (open.find((upload) => upload.path === path && upload.size_bytes === size) as Begun | undefined) ?? null;
    },
    begin: (path, file, collision) =>
      call("upload.begin", { ref, path, size_bytes: file.size, media_type: file.type, collision }),
    append: (id, offset, piece, signal) => call("upload.append", { ref, id, offset, content: piece }, signal),
    status: (id) => call("upload.status", { ref, id }),
    finish: (id, collision) => call("upload.finish", { ref, id, collision }),
    cancel: (id) => call("upload.cancel", { ref, id }),
    pause: (ms, signal) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        signal.addEventListener("abort", () => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
}
