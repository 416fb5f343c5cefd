/** Studio: files | editor over terminal | preview over logs. On a phone, one of them at a time. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useCallback, useEffect, useState } from "react";
import { IconButton } from "../../components/Button.tsx";
import { Icon, type IconName } from "../../components/Icon.tsx";
import { useText } from "../../i18n/text.tsx";
import { EditorPane } from "../../modules/editor/EditorPane.tsx";
import { useDocuments } from "../../modules/editor/useDocuments.ts";
import { FilesPane } from "../../modules/files/FilesPane.tsx";
import { Versions } from "../../modules/files/Versions.tsx";
import { Logs } from "../../modules/logs/Logs.tsx";
import { type Layout, Panes, useLayout } from "../../modules/panes/Panes.tsx";
import { useNarrow } from "../../modules/panes/useNarrow.ts";
import { Preview } from "../../modules/preview/Preview.tsx";
import { Terminals } from "../../modules/terminal/Terminals.tsx";
import styles from "./Studio.module.css";

const PANES = ["files", "editor", "terminal", "preview", "logs"] as const;
type PaneName = (typeof PANES)[number];
const ICONS: Readonly<Record<PaneName, IconName>> = {
  files: "folder",
  editor: "code",
  terminal: "terminal",
  preview: "preview",
  logs: "menu",
};

export default function Studio() {
  const narrow = useNarrow();
  const navigate = useNavigate();
  const { file = null } = useSearch({ from: "/signed-in/projects/$ref/studio" });
  const [shown, setShown] = useState<PaneName>(file === null ? "files" : "editor"); // of a phone, where one is shown at a time
  const [line, setLine] = useState<number | null>(null);
  const [versions, setVersions] = useState<string | null>(null);
  const editing = useDocuments();
  const { open, documents } = editing;

  useEffect(() => {
    if (file !== null) void open(file);
  }, [file, open]);

  const show = useCallback(
    (path: string | null, at?: number) => {
      setLine(at ?? null);
      setShown("editor");
      if (path !== null) void open(path);
      void navigate({ to: ".", replace: true, search: (now) => ({ ...now, file: path ?? undefined }) as never });
    },
    [navigate, open],
  );
  const moved = (from: string, to: string) => {
    documents.renamed(from, to);
    const now = documents.snapshot().active;
    if (now !== file) show(now);
  };
  const visible = (name: PaneName) => !narrow || shown === name;
  const panes: Readonly<Record<PaneName, ReactNode>> = {
    files: <FilesPane shown={file} onShow={show} onMoved={moved} onVersions={setVersions} />,
    editor: <EditorPane editing={editing} line={line} onShow={show} onVersions={setVersions} />,
    terminal: <Terminals visible={visible("terminal")} />,
    preview: <Preview />,
    logs: <Logs visible={visible("logs")} />,
  };
  return (
    <>
      {narrow ? <Column panes={panes} shown={shown} onShow={setShown} /> : <Desk panes={panes} />}
      {versions !== null && <Versions path={versions} onClose={() => setVersions(null)} />}
    </>
  );
}

type Contents = Readonly<Record<PaneName, ReactNode>>;

function Desk({ panes }: { panes: Contents }) {
  const text = useText();
  const across = useLayout("studio", [0.16, 0.47, 0.37]);
  const middle = useLayout("studio.code", [0.64, 0.36]);
  const right = useLayout("studio.preview", [0.68, 0.32]);
  const over = (layout: Layout, above: PaneName, below: PaneName) => (
    <Panes
      layout={layout}
      direction="column"
      main={above}
      labelOfBorder={text.studio.border}
      panes={[
        { name: above, content: panes[above] },
        { name: below, content: panes[below] },
      ]}
    />
  );
  const folds: readonly (readonly [PaneName, Layout, number])[] = [
    ["files", across, 0],
    ["terminal", middle, 1],
    ["preview", across, 2],
    ["logs", right, 1],
  ];
  return (
    <div className={styles.desk}>
      <nav className={styles.folds} aria-label={text.studio.panes}>
        {folds.map(([name, layout, index]) => (
          <IconButton
            key={name}
            icon={ICONS[name]}
            size="small"
            label={text.studio.fold(text.studio.names[name])}
            aria-pressed={!layout.sizes[index]?.collapsed}
            onClick={() => layout.toggle(index)}
          />
        ))}
      </nav>
      <Panes
        layout={across}
        direction="row"
        main="code"
        labelOfBorder={text.studio.border}
        panes={[
          { name: "files", content: panes.files },
          { name: "code", content: over(middle, "editor", "terminal") },
          { name: "preview", content: over(right, "preview", "logs") },
        ]}
      />
    </div>
  );
}

interface ColumnProps {
  readonly panes: Contents;
  readonly shown: PaneName;
  readonly onShow: (name: PaneName) => void;
}

function Column({ panes, shown, onShow }: ColumnProps) {
  const text = useText();
  return (
    <div className={styles.column}>
      {PANES.map((name) => (
        <div key={name} className={styles.one} hidden={name !== shown}>
          {panes[name]}
        </div>
      ))}
      <nav className={styles.switch} aria-label={text.studio.panes}>
        {PANES.map((name) => (
          <button key={name} type="button" aria-current={name === shown} onClick={() => onShow(name)}>
            <Icon name={ICONS[name]} />
            {text.studio.names[name]}
          </button>
        ))}
      </nav>
    </div>
  );
}
