/** The releases of an app, newest first: what, who, when, how long, and the way back to each. */
import { Link } from "@tanstack/react-router";
import { Button } from "../../components/Button.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { When } from "../../components/When.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { useMayWrite } from "../branch/useMayWrite.ts";
import { ReleaseState, whatIsIn, wordsOf } from "./AppState.tsx";
import { type App, canGoBackTo, nameOf, type Release } from "./apps.ts";
import styles from "./ReleaseTable.module.css";
import { useRollback } from "./useRollback.tsx";

export function ReleaseTable({ app, releases }: { app: App; releases: readonly Release[] }) {
  const text = useText();
  const format = useFormat();
  const mayWrite = useMayWrite(app.project);
  const { rollBack, rolling } = useRollback();
  if (releases.length === 0) return <p className={styles.soft}>{text.publish.noReleases}</p>;
  const columns: readonly Column<Release>[] = [
    {
      key: "number",
      head: text.release.number,
      cell: (release) => <ReleaseLink app={app} number={release.number} />,
    },
    {
      key: "what",
      head: text.release.what,
      grow: true,
      cell: (release) => (
        <>
          {whatIsIn(text, release)}
          {wordsOf(release) && <span className={styles.soft}> · {wordsOf(release)}</span>}
        </>
      ),
    },
    { key: "who", head: text.release.who, secondary: true, cell: (release) => nameOf(release.who) },
    {
      key: "when",
      head: text.release.when,
      secondary: true,
      cell: (release) => <When time={release.created_at} />,
    },
    {
      key: "took",
      head: text.release.took,
      align: "end",
      secondary: true,
      cell: (release) => (release.finished_at === null ? "" : format.duration(release.seconds * 1000)),
    },
    { key: "state", head: text.release.state, cell: (release) => <ReleaseState release={release} /> },
    {
      key: "back",
      head: <span className="visually-hidden">{text.common.actions}</span>,
      align: "end",
      cell: (release) =>
        mayWrite &&
        canGoBackTo(release) && (
          <Button
            size="small"
            icon="undo"
            disabled={rolling.running}
            onClick={() => void rollBack(app.name, release.number)}
          >
            {text.release.rollback}
            <span className="visually-hidden"> #{release.number}</span>
          </Button>
        ),
    },
  ];
  return (
    <>
      {rolling.error && <ErrorState error={rolling.error} inline />}
      <Table label={text.release.of(app.name)} columns={columns} rows={releases} keyOf={(release) => release.number} />
    </>
  );
}

export function ReleaseLink({ app, number }: { app: Pick<App, "name" | "project">; number: number }) {
  return (
    <Link
      to="/projects/$ref/publish/releases/$number"
      params={{ ref: app.project, number: String(number) }}
      search={app.name === app.project ? {} : { app: app.name }}
    >
      #{number}
    </Link>
  );
}
