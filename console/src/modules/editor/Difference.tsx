/** Two states of a text as one: what goes is struck red, what comes is green, the unchanged rest is folded. */
import { unifiedMergeView } from "@codemirror/merge";
import { EditorState } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";
import styles from "./Difference.module.css";
import { readOnly } from "./Editor.tsx";
import { languageFor } from "./languages.ts";
import { codeLook } from "./theme.ts";

interface Props {
  readonly path: string;
  readonly before: string;
  readonly after: string;
  readonly label: string;
}

export default function Difference({ path, before, after, label }: Props) {
  const parent = useRef<HTMLElement>(null);
  useEffect(() => {
    let view: EditorView | null = null;
    let left = false;
    void languageFor(path).then((language) => {
      if (left || !parent.current) return;
      const merge = unifiedMergeView({
        original: before,
        mergeControls: false,
        collapseUnchanged: { margin: 3, minSize: 6 },
        syntaxHighlightDeletions: true,
        diffConfig: { scanLimit: 2000, timeout: 300 },
      });
      const state = EditorState.create({
        doc: after,
        extensions: [lineNumbers(), EditorView.lineWrapping, language, merge, readOnly, codeLook],
      });
      view = new EditorView({ state, parent: parent.current });
    });
    return () => {
      left = true;
      view?.destroy();
    };
  }, [path, before, after]);
  return <section ref={parent} className={styles.difference} aria-label={label} />;
}
