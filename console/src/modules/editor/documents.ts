/** The files open in the editor: each keeps its text, cursor and undo steps while another is shown. */

import { EditorState, type Extension, type Text } from "@codemirror/state";
import { lineBreakOf } from "./text.ts";

export interface OpenDocument {
  readonly path: string;
  readonly state: EditorState;
  /** The text as it was last read or saved. */
  readonly saved: Text;
  readonly etag: string | null;
  /** Somebody else changed the file since: the state they left, to compare with before saving. */
  readonly conflict: { readonly content: string; readonly etag: string | null } | null;
}

export function isDirty(document: OpenDocument): boolean {
  return !document.state.doc.eq(document.saved);
}

/** The whole text as it will lie in the file. */
export function textOf(document: OpenDocument): string {
  return document.state.doc.sliceString(0, document.state.doc.length, document.state.lineBreak);
}

export interface Opened {
  readonly documents: readonly OpenDocument[];
  readonly active: string | null;
}

const NOTHING: Opened = { documents: [], active: null };

/** A store in the sense of React's useSyncExternalStore: typing must not render the page. */
export class Documents {
  private opened: Opened = NOTHING;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly extensions: (path: string) => Extension) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): Opened => this.opened;

  find(path: string): OpenDocument | undefined {
    return this.opened.documents.find((document) => document.path === path);
  }

  /** Shows a file that was read; one that is open already is only brought to the front. */
  open(path: string, content: string, etag: string | null): void {
    if (this.find(path)) {
      this.show(path);
      return;
    }
    const state = this.fresh(path, content);
    const document = { path, state, saved: state.doc, etag, conflict: null };
    this.set({ documents: [...this.opened.documents, document], active: path });
  }

  show(path: string): void {
    if (this.find(path) && this.opened.active !== path) this.set({ ...this.opened, active: path });
  }

  /** Closes a file and shows its neighbour. */
  close(path: string): void {
    const at = this.opened.documents.findIndex((document) => document.path === path);
    if (at === -1) return;
    const documents = this.opened.documents.filter((document) => document.path !== path);
    const neighbour = documents[Math.min(at, documents.length - 1)]?.path ?? null;
    this.set({ documents, active: this.opened.active === path ? neighbour : this.opened.active });
  }

  /** The editor's state after typing. Listeners hear of it only when a file becomes dirty or clean. */
  typed(path: string, state: EditorState): void {
    const before = this.find(path);
    if (!before) return;
    const after = { ...before, state };
    const documents = this.with(path, after);
    if (isDirty(before) === isDirty(after)) this.keep(documents);
    else this.set({ ...this.opened, documents });
  }

  /** `text` is now in the file; what was typed meanwhile stays dirty. */
  savedAs(path: string, text: Text, etag: string | null): void {
    this.change(path, (document) => ({ ...document, saved: text, etag, conflict: null }));
  }

  /** The file has another content than the one last read: a clean document follows it, a dirty one is in conflict. */
  changedElsewhere(path: string, content: string, etag: string | null): void {
    this.change(path, (document) => {
      if (isDirty(document)) return { ...document, conflict: { content, etag } };
      return this.reread(document, content, etag);
    });
  }

  /** Takes the file's content and drops what was typed (undo brings it back). */
  takeTheirs(path: string): void {
    this.change(path, (document) =>
      document.conflict ? this.reread(document, document.conflict.content, document.conflict.etag) : document,
    );
  }

  /** Keeps what was typed; saving then replaces the state that was seen in the conflict. */
  keepMine(path: string): void {
    this.change(path, (document) => {
      return document.conflict ? { ...document, etag: document.conflict.etag, conflict: null } : document;
    });
  }

  renamed(from: string, to: string): void {
    const move = (path: string) => (path === from || path.startsWith(`${from}/`) ? to + path.slice(from.length) : path);
    const documents = this.opened.documents.map((document) => ({ ...document, path: move(document.path) }));
    this.set({ documents, active: this.opened.active && move(this.opened.active) });
  }

  private reread(document: OpenDocument, content: string, etag: string | null): OpenDocument {
    if (lineBreakOf(content) !== document.state.lineBreak) {
      const state = this.fresh(document.path, content);
      return { ...document, state, saved: state.doc, etag, conflict: null };
    }
    const replacement = document.state.toText(content);
    const changes = differing(document.state.doc, replacement);
    const state = document.state.update({ changes }).state;
    return { ...document, state, saved: state.doc, etag, conflict: null };
  }

  private fresh(path: string, content: string): EditorState {
    const lineBreak = EditorState.lineSeparator.of(lineBreakOf(content));
    return EditorState.create({ doc: content, extensions: [lineBreak, this.extensions(path)] });
  }

  private change(path: string, how: (document: OpenDocument) => OpenDocument): void {
    const document = this.find(path);
    if (document) this.set({ ...this.opened, documents: this.with(path, how(document)) });
  }

  private with(path: string, changed: OpenDocument): OpenDocument[] {
    return this.opened.documents.map((document) => (document.path === path ? changed : document));
  }

  /** Keeps new states without telling anybody: nothing that is shown depends on them. */
  private keep(documents: readonly OpenDocument[]): void {
    (this.opened as { documents: readonly OpenDocument[] }).documents = documents;
  }

  private set(opened: Opened): void {
    this.opened = opened;
    for (const listener of this.listeners) listener();
  }
}

/** The one stretch in which two texts differ, so that cursors outside it stay where they are. */
function differing(before: Text, after: Text): { from: number; to: number; insert: Text } {
  const a = before.toString();
  const b = after.toString();
  let start = 0;
  const shorter = Math.min(a.length, b.length);
  while (start < shorter && a.charCodeAt(start) === b.charCodeAt(start)) start += 1;
  let end = 0;
  while (end < shorter - start && a.charCodeAt(a.length - 1 - end) === b.charCodeAt(b.length - 1 - end)) end += 1;
  return { from: start, to: a.length - end, insert: after.slice(start, b.length - end) };
}
