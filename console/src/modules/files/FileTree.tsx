/** The files of a branch as a tree: loaded as it is opened, walked by keys, changed in place. */
import { useQueries } from "@tanstack/react-query";
import { type DragEvent, type KeyboardEvent, useCallback, useMemo, useRef, useState } from "react";
import { questionOf } from "../../api/hooks.ts";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Icon } from "../../components/Icon.tsx";
import { Menu, type MenuItem } from "../../components/Menu.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { useText } from "../../i18n/text.tsx";
import { useWhere } from "../branch/where.tsx";
import { type Dropped, droppedFiles } from "./dropped.ts";
import styles from "./FileTree.module.css";
import { NameField } from "./NameField.tsx";
import { isWithin, joined, parentOf, stepBy, type TreeEntry, type TreeRow, visibleRows } from "./tree.ts";
import type { FileActions } from "./useFileActions.ts";

export interface Naming {
  readonly kind: "file" | "folder" | "rename";
  /** The folder of the new one, or the path to rename. */
  readonly path: string;
}

interface Props {
  readonly actions: FileActions;
  readonly open: ReadonlySet<string>;
  readonly onOpen: (open: ReadonlySet<string>) => void;
  readonly shown: string | null;
  readonly onShow: (path: string) => void;
  readonly onMoved: (from: string, to: string) => void;
  readonly onVersions: (path: string) => void;
  readonly onUpload: (folder: string, files: readonly Dropped[]) => void;
  readonly downloadOf: (entry: TreeEntry) => string;
  readonly naming: Naming | null;
  readonly onNaming: (naming: Naming | null) => void;
}

const LOOK_EVERY_MS = 4_000;
const DRAGGED = "application/x-nacre-path";

export function FileTree(props: Props) {
  const { actions, open, onOpen, shown, onShow, naming, onNaming } = props;
  const text = useText();
  const { ref, at, writable } = useWhere();
  const tree = useRef<HTMLDivElement>(null);
  const [selected, setSelected] = useState<string | null>(shown);
  const [target, setTarget] = useState<string | null>(null);
  const folders = useMemo(() => ["", ...[...open].sort()], [open]);
  const listings = useQueries({
    queries: folders.map((path) => ({
      ...questionOf("files.ls", { ref, path, ...(at === null ? {} : { at }) }),
      refetchInterval: at === null ? LOOK_EVERY_MS : (false as const),
    })),
  });
  const known = new Map(folders.map((path, index) => [path, listings[index]?.data]));
  const rows = visibleRows((folder) => known.get(folder), open);

  const toggle = useCallback(
    (path: string) => {
      const next = new Set(open);
      if (!next.delete(path)) next.add(path);
      onOpen(next);
    },
    [open, onOpen],
  );
  const choose = (row: TreeRow) => {
    setSelected(row.entry.path);
    if (row.entry.kind === "dir") toggle(row.entry.path);
    else onShow(row.entry.path);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (naming || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = rows.find((each) => each.entry.path === selected);
    const step = stepBy(event.key, rows, selected);
    if (step) {
      setSelected(step.select);
      if (step.toggle) toggle(step.toggle);
      tree.current?.querySelector(`[data-path="${CSS.escape(step.select)}"]`)?.scrollIntoView({ block: "nearest" });
    } else if ((event.key === "Enter" || event.key === " ") && row) choose(row);
    else if (event.key === "F2" && row && writable) onNaming({ kind: "rename", path: row.entry.path });
    else if (event.key === "Delete" && row && writable) void actions.remove([row.entry.path]);
    else return;
    event.preventDefault();
  };
  const drop = async (event: DragEvent, folder: string) => {
    event.preventDefault();
    event.stopPropagation();
    setTarget(null);
    if (!writable) return;
    const path = event.dataTransfer.getData(DRAGGED);
    if (path) {
      if (isWithin(folder, path) || parentOf(path) === folder) return;
      const to = joined(folder, path.slice(path.lastIndexOf("/") + 1));
      if (await actions.move([path], to)) props.onMoved(path, to);
    } else props.onUpload(folder, await droppedFiles(event.dataTransfer));
  };
  const over = (event: DragEvent, folder: string) => {
    if (!writable) return;
    event.preventDefault();
    event.stopPropagation();
    setTarget(folder);
  };
  const name = async (typed: string) => {
    if (!naming) return;
    if (naming.kind === "rename") {
      const to = joined(parentOf(naming.path), typed);
      if (to !== naming.path && (await actions.move([naming.path], to))) props.onMoved(naming.path, to);
    } else {
      const path = joined(naming.path, typed);
      const made = naming.kind === "file" ? await actions.createFile(path) : await actions.createFolder(path);
      if (made) setSelected(path);
      if (made && naming.kind === "file") onShow(path);
    }
    onNaming(null);
    tree.current?.focus();
  };
  const itemsOf = (row: TreeRow): MenuItem[] => {
    const { entry } = row;
    const folder = entry.kind === "dir" ? entry.path : parentOf(entry.path);
    const download = () => {
      location.href = props.downloadOf(entry);
    };
    const looking: MenuItem[] = [{ label: text.files.download, icon: "download", onChoose: download }];
    if (entry.kind === "file") {
      looking.push({ label: text.files.versions, icon: "moment", onChoose: () => props.onVersions(entry.path) });
    }
    if (!writable) return looking;
    const begin = (kind: Naming["kind"], path: string) => {
      if (entry.kind === "dir" && kind !== "rename" && !open.has(entry.path)) toggle(entry.path);
      onNaming({ kind, path });
    };
    return [
      { label: text.files.newFile, icon: "file", onChoose: () => begin("file", folder) },
      { label: text.files.newFolder, icon: "folder", onChoose: () => begin("folder", folder) },
      { label: text.files.rename, onChoose: () => begin("rename", entry.path), separated: true },
      ...looking,
      {
        label: text.common.delete,
        icon: "trash",
        danger: true,
        separated: true,
        onChoose: () => void actions.remove([entry.path]),
      },
    ];
  };

  const first = listings[0];
  const empty = first?.data?.length === 0 && naming === null;
  const newField = (folder: string, depth: number) =>
    naming !== null && naming.kind !== "rename" && naming.path === folder ? (
      <NameField
        key="naming"
        icon={naming.kind === "folder" ? "folder" : "file"}
        depth={depth}
        initial=""
        label={naming.kind === "folder" ? text.files.newFolder : text.files.newFile}
        onDone={(typed) => void name(typed)}
        onCancel={() => onNaming(null)}
      />
    ) : null;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: files are dropped here; keys are the tree's below
    <div
      className={styles.frame}
      data-target={target === "" || undefined}
      onDragOver={(event) => over(event, "")}
      onDragLeave={() => setTarget(null)}
      onDrop={(event) => void drop(event, "")}
    >
      {first?.isPending && <Skeleton lines={6} />}
      {first?.error && <ErrorState error={first.error} inline onRetry={() => void first.refetch()} />}
      {empty && (
        <EmptyState icon="folder" title={text.files.empty}>
          {writable ? text.files.emptyAbout : null}
        </EmptyState>
      )}
      <div
        ref={tree}
        role="tree"
        aria-label={text.files.tree}
        tabIndex={0}
        className={styles.tree}
        aria-activedescendant={selected === null ? undefined : rowId(selected)}
        onKeyDown={onKeyDown}
      >
        {newField("", 0)}
        {rows.map((row) => {
          const { path, kind } = row.entry;
          if (naming?.kind === "rename" && naming.path === path) {
            return (
              <NameField
                key={path}
                icon={kind === "dir" ? "folder" : "file"}
                depth={row.depth}
                initial={row.name}
                label={text.files.rename}
                onDone={(typed) => void name(typed)}
                onCancel={() => onNaming(null)}
              />
            );
          }
          const folder = kind === "dir" ? path : parentOf(path);
          return [
            // biome-ignore lint/a11y/useKeyWithClickEvents: the tree itself takes the keys
            // biome-ignore lint/a11y/useFocusableInteractive: the tree points at the row it is on
            <div
              key={path}
              id={rowId(path)}
              role="treeitem"
              data-path={path}
              aria-level={row.depth + 1}
              aria-expanded={kind === "dir" ? row.open : undefined}
              aria-selected={selected === path}
              aria-current={shown === path || undefined}
              className={styles.row}
              data-target={target === folder && kind === "dir" ? true : undefined}
              style={{ paddingLeft: 8 + row.depth * 14 }}
              title={path}
              draggable={writable}
              onDragStart={(event) => event.dataTransfer.setData(DRAGGED, path)}
              onDragOver={(event) => over(event, folder)}
              onDrop={(event) => void drop(event, folder)}
              onClick={() => choose(row)}
            >
              <span className={styles.fold}>
                {kind === "dir" && <Icon name={row.open ? "down" : "right"} size={12} />}
              </span>
              <Icon name={kind === "dir" ? "folder" : kind === "symlink" ? "external" : "file"} size={14} />
              <span className={styles.name}>{row.name}</span>
              {row.waiting && <span className={styles.waiting}>…</span>}
              {/* biome-ignore lint/a11y/noStaticElementInteractions: the menu's own clicks must not open the row */}
              {/* biome-ignore lint/a11y/useKeyWithClickEvents: nor its keys */}
              <span className={styles.menu} onClick={(event) => event.stopPropagation()}>
                <Menu
                  label={`${text.common.actions}: ${row.name}`}
                  button={<Icon name="more" size={14} />}
                  items={itemsOf(row)}
                  align="end"
                  className={styles.more}
                />
              </span>
            </div>,
            kind === "dir" && row.open ? newField(path, row.depth + 1) : null,
          ];
        })}
      </div>
    </div>
  );
}

function rowId(path: string): string {
  return `file-${path}`;
}
