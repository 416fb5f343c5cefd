/** The pane of files: what one can do with the branch's tree as a whole, the tree, and uploads under way. */
import { useEffect, useMemo, useRef, useState } from "react";
import { requestOf } from "../../api/requests.ts";
import { IconButton } from "../../components/Button.tsx";
import { useText } from "../../i18n/text.tsx";
import { useWhere } from "../branch/where.tsx";
import type { Dropped } from "./dropped.ts";
import { FileSearch } from "./FileSearch.tsx";
import styles from "./FilesPane.module.css";
import { FileTree, type Naming } from "./FileTree.tsx";
import { foldersAbove, joined, type TreeEntry } from "./tree.ts";
import { UploadList } from "./UploadList.tsx";
import { useFileActions } from "./useFileActions.ts";
import { useUploads } from "./useUploads.ts";

interface Props {
  readonly shown: string | null;
  readonly onShow: (path: string, line?: number) => void;
  readonly onMoved: (from: string, to: string) => void;
  readonly onVersions: (path: string) => void;
}

export function FilesPane({ shown, onShow, onMoved, onVersions }: Props) {
  const text = useText();
  const { ref, at, writable } = useWhere();
  const actions = useFileActions();
  const uploads = useUploads();
  const [open, setOpen] = useOpenFolders(ref, shown);
  const [naming, setNaming] = useState<Naming | null>(null);
  const [searching, setSearching] = useState(false);
  const picker = useRef<HTMLInputElement>(null);

  const upload = (folder: string, files: readonly Dropped[]) =>
    void uploads.add(files.map(({ path, file }) => ({ path: joined(folder, path), file })));
  const moment = useMemo(() => (at === null ? {} : { at }), [at]);
  const downloadOf = (entry: TreeEntry) =>
    entry.kind === "dir"
      ? requestOf("files.archive", { ref, path: entry.path, ...moment }).url
      : requestOf("files.download", { ref, path: entry.path, ...moment }).url;

  return (
    <section className={styles.pane} aria-label={text.files.tree}>
      <header className={styles.head}>
        <h2>{text.files.title}</h2>
        {writable && (
          <>
            <IconButton
              icon="file"
              size="small"
              label={text.files.newFile}
              onClick={() => setNaming({ kind: "file", path: "" })}
            />
            <IconButton
              icon="folder"
              size="small"
              label={text.files.newFolder}
              onClick={() => setNaming({ kind: "folder", path: "" })}
            />
            <IconButton icon="upload" size="small" label={text.files.upload} onClick={() => picker.current?.click()} />
          </>
        )}
        <IconButton
          icon="search"
          size="small"
          label={text.files.search}
          aria-pressed={searching}
          onClick={() => setSearching(!searching)}
        />
      </header>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        aria-label={text.files.upload}
        onChange={(event) => {
          upload(
            "",
            [...(event.target.files ?? [])].map((file) => ({ path: file.name, file })),
          );
          event.target.value = "";
        }}
      />
      {searching ? (
        <FileSearch onShow={onShow} onLeave={() => setSearching(false)} />
      ) : (
        <FileTree
          key={`${ref} ${at}`}
          actions={actions}
          open={open}
          onOpen={setOpen}
          shown={shown}
          onShow={onShow}
          onMoved={onMoved}
          onVersions={onVersions}
          onUpload={upload}
          downloadOf={downloadOf}
          naming={naming}
          onNaming={setNaming}
        />
      )}
      <UploadList uploads={uploads} />
    </section>
  );
}

/** Which folders are open, kept per branch; those above the file shown are always. */
function useOpenFolders(ref: string, shown: string | null) {
  const key = `nacre.folders.${ref}`;
  const [open, setOpen] = useState<ReadonlySet<string>>(() => {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
    return new Set(Array.isArray(kept) ? kept.filter((path) => typeof path === "string") : []);
  });
  useEffect(() => {
    if (shown !== null) setOpen((now) => new Set([...now, ...foldersAbove(shown)]));
  }, [shown]);
  const keep = (next: ReadonlySet<string>) => {
    localStorage.setItem(key, JSON.stringify([...next]));
    setOpen(next);
  };
  return [open, keep] as const;
}
