/** The open files of a branch: they stay open, unsaved changes included, while other pages are looked at. */
import type { Extension } from "@codemirror/state";
import { useQueries, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { call } from "../../api/client.ts";
import { ApiError } from "../../api/errors.ts";
import { questionOf } from "../../api/hooks.ts";
import { useToasts } from "../../components/Toasts.tsx";
import { useText } from "../../i18n/text.tsx";
import { useWhere } from "../branch/where.tsx";
import { parentOf } from "../files/tree.ts";
import { Documents, isDirty, type Opened, textOf } from "./documents.ts";
import { readOnly } from "./Editor.tsx";
import { languageFor } from "./languages.ts";
import { codeSetup } from "./setup.ts";
import { type Refusal, refusalOf } from "./text.ts";

const LOOK_EVERY_MS = 2_000;
const kept = new Map<string, Documents>();
const languages = new Map<string, Extension>();

export interface Editing {
  readonly documents: Documents;
  readonly opened: Opened;
  /** A file that was asked for and is not shown as text, and why. */
  readonly refused: { readonly path: string; readonly why: Refusal | ApiError } | null;
  readonly opening: string | null;
  readonly open: (path: string) => Promise<void>;
  readonly save: (path: string) => Promise<void>;
}

export function useDocuments(): Editing {
  const text = useText();
  const toasts = useToasts();
  const queries = useQueryClient();
  const { ref, at, writable } = useWhere();
  const [refused, setRefused] = useState<Editing["refused"]>(null);
  const [opening, setOpening] = useState<string | null>(null);
  const phrases = text.editor.phrases;
  const documents = useMemo(() => {
    const key = `${ref} ${at} ${writable}`;
    const present = kept.get(key);
    if (present) return present;
    const extensions = (path: string) => [codeSetup(phrases), languages.get(path) ?? [], writable ? [] : readOnly];
    const made = new Documents(extensions);
    if (at === null) kept.set(key, made);
    return made;
  }, [ref, at, writable, phrases]);
  const opened = useSyncExternalStore(documents.subscribe, documents.snapshot);

  const read = useCallback(
    async (path: string) => {
      const [file, language] = await Promise.all([
        call("files.cat", at === null ? { ref, path } : { ref, path, at }),
        languageFor(path),
      ]);
      languages.set(path, language);
      return file;
    },
    [ref, at],
  );
  const open = useCallback(
    async (path: string) => {
      setRefused(null);
      if (documents.find(path)) {
        documents.show(path);
        return;
      }
      setOpening(path);
      try {
        const file = await read(path);
        const why = refusalOf(file);
        if (why) setRefused({ path, why });
        else documents.open(path, file.content, file.etag);
      } catch (error) {
        const reason = error instanceof ApiError ? error : new ApiError("unexpected", String(error), "", 0, null);
        setRefused({ path, why: reason.code === "file-too-large" ? "too-large" : reason });
      } finally {
        setOpening(null);
      }
    },
    [documents, read],
  );
  const reread = useCallback(
    async (path: string) => {
      const document = documents.find(path);
      if (!document || document.conflict) return;
      const file = await read(path).catch(() => null);
      if (file && file.etag !== documents.find(path)?.etag) documents.changedElsewhere(path, file.content, file.etag);
    },
    [documents, read],
  );
  const save = useCallback(
    async (path: string) => {
      const document = documents.find(path);
      if (!document || !isDirty(document)) return;
      const sent = document.state.doc;
      try {
        const content = new TextEncoder().encode(textOf(document));
        const written = await call("files.write", { ref, path, content, expected: document.etag });
        documents.savedAs(path, sent, written.etag);
        void queries.invalidateQueries({ queryKey: ["files.ls"] });
      } catch (error) {
        if (error instanceof ApiError && error.code === "file-changed") await reread(path);
        else toasts.fail(error);
      }
    },
    [documents, ref, queries, reread, toasts],
  );
  useFollowing(opened, reread);
  useLeaveGuard(documents);
  return { documents, opened, refused, opening, open, save };
}

/** Whoever else writes a file (a terminal, an agent, another person) shows here: folders of open files are looked at. */
function useFollowing(opened: Opened, reread: (path: string) => Promise<void>): void {
  const { ref, at } = useWhere();
  const folders = useMemo(() => [...new Set(opened.documents.map(({ path }) => parentOf(path)))], [opened.documents]);
  const listings = useQueries({
    queries: folders.map((path) => ({
      ...questionOf("files.ls", { ref, path }),
      enabled: at === null,
      refetchInterval: LOOK_EVERY_MS,
    })),
  });
  const seen = useRef(new Map<string, string>());
  useEffect(() => {
    if (at !== null) return;
    for (const listing of listings) {
      for (const { path, kind, modified_at, size_bytes } of listing.data ?? []) {
        if (kind !== "file" || !opened.documents.some((document) => document.path === path)) continue;
        const stamp = `${modified_at} ${size_bytes}`;
        const before = seen.current.get(path);
        seen.current.set(path, stamp);
        if (before !== undefined && before !== stamp) void reread(path);
      }
    }
  });
}

function useLeaveGuard(documents: Documents): void {
  useEffect(() => {
    const guard = (event: BeforeUnloadEvent) => {
      if (documents.snapshot().documents.some(isDirty)) event.preventDefault();
    };
    window.addEventListener("beforeunload", guard);
    return () => window.removeEventListener("beforeunload", guard);
  }, [documents]);
}
