/** The open files as tabs over the editor; saving, conflicts, and files that are no text. */
import { openSearchPanel } from "@codemirror/search";
import { EditorView } from "@codemirror/view";
import { type KeyboardEvent, lazy, Suspense, useRef, useState } from "react";
import { ApiError } from "../../api/errors.ts";
import { requestOf } from "../../api/requests.ts";
import { Button, IconButton } from "../../components/Button.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Icon } from "../../components/Icon.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { useText } from "../../i18n/text.tsx";
import { useWhere } from "../branch/where.tsx";
import { baseName } from "../files/tree.ts";
import { isDirty, type OpenDocument, textOf } from "./documents.ts";
import { Editor } from "./Editor.tsx";
import styles from "./EditorPane.module.css";
import type { Editing } from "./useDocuments.ts";

const Difference = lazy(() => import("./Difference.tsx"));

interface Props {
  readonly editing: Editing;
  readonly line: number | null;
  readonly onShow: (path: string | null) => void;
  readonly onVersions: (path: string) => void;
}

export function EditorPane({ editing, line, onShow, onVersions }: Props) {
  const text = useText();
  const { ref, at, writable } = useWhere();
  const { documents, opened, refused, opening, save } = editing;
  const pane = useRef<HTMLElement>(null);
  const [closing, setClosing] = useState<OpenDocument | null>(null);
  const active = refused ? undefined : opened.documents.find((document) => document.path === opened.active);

  const close = (document: OpenDocument) => {
    documents.close(document.path);
    setClosing(null);
    onShow(documents.snapshot().active);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
    event.preventDefault();
    if (active && writable) void save(active.path);
  };
  return (
    <section ref={pane} className={styles.pane} aria-label={text.editor.title} onKeyDown={onKeyDown}>
      <header className={styles.head}>
        <nav className={styles.tabs} aria-label={text.editor.open}>
          {opened.documents.map((document) => (
            <Tab
              key={document.path}
              document={document}
              current={document.path === active?.path}
              onChoose={() => {
                documents.show(document.path);
                onShow(document.path);
              }}
              onClose={() => (isDirty(document) ? setClosing(document) : close(document))}
            />
          ))}
        </nav>
        {active && (
          <>
            <IconButton
              icon="search"
              size="small"
              label={text.editor.find}
              onClick={() => {
                const view = pane.current && EditorView.findFromDOM(pane.current);
                if (view) openSearchPanel(view);
              }}
            />
            <IconButton
              icon="moment"
              size="small"
              label={text.files.versions}
              onClick={() => onVersions(active.path)}
            />
            {writable && (
              <IconButton
                icon="save"
                size="small"
                label={`${text.common.save} (Ctrl S)`}
                disabled={!isDirty(active)}
                onClick={() => void save(active.path)}
              />
            )}
          </>
        )}
      </header>
      {active?.conflict && <Conflict document={active} editing={editing} />}
      {active && <Editor documents={documents} active={active} label={active.path} line={line} />}
      {refused && (
        <Refused
          refused={refused}
          href={
            requestOf("files.download", at === null ? { ref, path: refused.path } : { ref, path: refused.path, at }).url
          }
        />
      )}
      {!active && !refused && opening && <Skeleton lines={8} />}
      {!active && !refused && !opening && (
        <EmptyState icon="code" title={text.editor.empty}>
          {text.editor.emptyAbout}
        </EmptyState>
      )}
      {closing && (
        <Dialog
          title={text.editor.closeTitle(baseName(closing.path))}
          onClose={() => setClosing(null)}
          width="narrow"
          footer={
            <>
              <Button onClick={() => close(closing)}>{text.editor.closeWithout}</Button>
              <Button
                look="primary"
                icon="save"
                onClick={() =>
                  void save(closing.path).then(() => {
                    const now = documents.find(closing.path);
                    if (now && !isDirty(now)) close(now);
                    else setClosing(null);
                  })
                }
              >
                {text.common.save}
              </Button>
            </>
          }
        >
          <p>{text.editor.closeAbout}</p>
        </Dialog>
      )}
    </section>
  );
}

interface TabProps {
  readonly document: OpenDocument;
  readonly current: boolean;
  readonly onChoose: () => void;
  readonly onClose: () => void;
}

function Tab({ document, current, onChoose, onClose }: TabProps) {
  const text = useText();
  const dirty = isDirty(document);
  return (
    <span className={styles.tab} data-current={current || undefined}>
      <button
        type="button"
        aria-current={current}
        title={document.path}
        className={styles.choose}
        onClick={onChoose}
        onAuxClick={(event) => event.button === 1 && onClose()}
      >
        {baseName(document.path)}
        {dirty && (
          <span className={styles.dirty} title={text.editor.unsaved}>
            ●<span className="visually-hidden"> {text.editor.unsaved}</span>
          </span>
        )}
        {document.conflict && <Icon name="warning" size={12} />}
      </button>
      <IconButton
        icon="close"
        size="small"
        label={`${text.common.close} ${baseName(document.path)}`}
        className={styles.close}
        onClick={onClose}
      />
    </span>
  );
}

function Conflict({ document, editing }: { document: OpenDocument; editing: Editing }) {
  const text = useText();
  const [comparing, setComparing] = useState(false);
  return (
    <div className={styles.conflict} role="alert">
      <Icon name="warning" />
      <p>{text.editor.conflict}</p>
      <Button size="small" icon="diff" onClick={() => setComparing(true)}>
        {text.editor.compare}
      </Button>
      <Button size="small" onClick={() => editing.documents.takeTheirs(document.path)}>
        {text.editor.takeTheirs}
      </Button>
      <Button
        size="small"
        onClick={() => {
          editing.documents.keepMine(document.path);
          void editing.save(document.path);
        }}
      >
        {text.editor.keepMine}
      </Button>
      {comparing && (
        <Dialog title={text.editor.compareTitle} onClose={() => setComparing(false)} width="wide">
          <Suspense fallback={<Skeleton />}>
            <Difference
              path={document.path}
              before={document.conflict?.content ?? ""}
              after={textOf(document)}
              label={text.editor.compareTitle}
            />
          </Suspense>
        </Dialog>
      )}
    </div>
  );
}

function Refused({ refused, href }: { refused: NonNullable<Editing["refused"]>; href: string }) {
  const text = useText();
  if (refused.why instanceof ApiError) return <ErrorState error={refused.why} />;
  return (
    <EmptyState
      icon="file"
      title={text.editor.refused[refused.why](baseName(refused.path))}
      action={
        <a className={styles.download} href={href}>
          <Icon name="download" /> {text.files.download}
        </a>
      }
    >
      {text.editor.refusedAbout}
    </EmptyState>
  );
}
