/** The editor of SQL: completes tables and keywords, and runs what is selected or the statement under the cursor. */
import { PostgreSQL, sql } from "@codemirror/lang-sql";
import { Compartment, EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap, placeholder } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { useText } from "../../i18n/text.tsx";
import styles from "../editor/Editor.module.css";
import { codeSetup } from "../editor/setup.ts";
import { statementAt } from "./statements.ts";

interface Props {
  readonly initial: string;
  readonly tables: readonly string[];
  readonly onChange: (text: string) => void;
  /** What would run now: the selection, or the statement under the cursor. */
  readonly onChosen: (command: string) => void;
  readonly onRun: (command: string) => void;
}

export function SqlEditor(props: Props) {
  const text = useText();
  const parent = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const language = useRef(new Compartment());
  const heard = useRef(props);
  const initial = useRef(props.initial);
  useEffect(() => {
    heard.current = props;
  });

  useEffect(() => {
    if (!parent.current) return;
    const run = (editor: EditorView) => {
      heard.current.onRun(chosenIn(editor.state));
      return true;
    };
    const state = EditorState.create({
      doc: initial.current,
      extensions: [
        Prec.highest(keymap.of([{ key: "Mod-Enter", run }])),
        codeSetup(text.editor.phrases),
        language.current.of(sql({ dialect: PostgreSQL })),
        placeholder(text.data.sqlPlaceholder),
        EditorView.contentAttributes.of({ "aria-label": text.data.sql }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) heard.current.onChange(update.state.doc.toString());
          if (update.docChanged || update.selectionSet) heard.current.onChosen(chosenIn(update.state));
        }),
      ],
    });
    const editor = new EditorView({ state, parent: parent.current });
    view.current = editor;
    heard.current.onChosen(chosenIn(editor.state));
    return () => editor.destroy();
  }, [text]);

  const names = props.tables.join("\n");
  useEffect(() => {
    const schema = Object.fromEntries(
      names
        .split("\n")
        .filter(Boolean)
        .map((name) => [name, []]),
    );
    view.current?.dispatch({ effects: language.current.reconfigure(sql({ dialect: PostgreSQL, schema })) });
  }, [names]);

  return <div ref={parent} className={styles.editor} />;
}

function chosenIn(state: EditorState): string {
  const { from, to, head } = state.selection.main;
  return from < to ? state.sliceDoc(from, to) : (statementAt(state.doc.toString(), head) ?? "");
}
