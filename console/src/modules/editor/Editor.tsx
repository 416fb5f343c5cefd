/** One code editor that shows whichever open document is active; each keeps its own cursor and undo steps. */
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useRef } from "react";
import type { Documents, OpenDocument } from "./documents.ts";
import styles from "./Editor.module.css";

interface Props {
  readonly documents: Documents;
  readonly active: OpenDocument;
  readonly label: string;
  /** A line to bring into view when the file comes up; counts from 1. */
  readonly line: number | null;
}

export function Editor({ documents, active, label, line }: Props) {
  const parent = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const shown = useRef(active.path);

  useEffect(() => {
    if (!parent.current) return;
    const editor = new EditorView({
      parent: parent.current,
      dispatchTransactions(transactions, target) {
        target.update(transactions);
        documents.typed(shown.current, target.state);
      },
    });
    view.current = editor;
    return () => editor.destroy();
  }, [documents]);

  // What was typed is in the view already; other states (another file, a reread one) are put into it here.
  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const arriving = shown.current !== active.path;
    shown.current = active.path;
    if (editor.state !== active.state) editor.setState(active.state);
    if (arriving) editor.focus();
  }, [active]);

  const path = active.path;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same line is gone to again in another file
  useEffect(() => {
    const editor = view.current;
    if (!editor || line === null || line > editor.state.doc.lines) return;
    const at = editor.state.doc.line(line).from;
    editor.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
    editor.focus();
  }, [line, path]);

  useEffect(() => {
    view.current?.contentDOM.setAttribute("aria-label", label);
  }, [label]);

  return <div ref={parent} className={styles.editor} />;
}

/** What a read-only text needs beside the setup of an editor. */
export const readOnly = [EditorState.readOnly.of(true), EditorView.editable.of(false)];
