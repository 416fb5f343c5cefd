/** All that is live: state, address, project, release, and when it was last published. */
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useOperation } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { CommandLine } from "../../components/CommandLine.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Page } from "../../components/Page.tsx";
import { SearchBox } from "../../components/SearchBox.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Badge } from "../../components/Status.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { When } from "../../components/When.tsx";
import { useText } from "../../i18n/text.tsx";
import { AppAddress } from "../../modules/publish/AppAddress.tsx";
import { AppState } from "../../modules/publish/AppState.tsx";
import type { App } from "../../modules/publish/apps.ts";
import { ReleaseLink } from "../../modules/publish/ReleaseTable.tsx";
import styles from "./Apps.module.css";

const EVERY_MS = 5_000; // how an app runs makes no event

export default function Apps() {
  const text = useText();
  const [wanted, setWanted] = useState("");
  const { data, error, refetch } = useOperation("app.list", {}, { refetchInterval: EVERY_MS });
  const found = useMemo(() => {
    const word = wanted.trim().toLowerCase();
    return data?.filter((app) => `${app.name} ${app.project}`.includes(word));
  }, [data, wanted]);
  return (
    <Page
      title={text.apps.title}
      actions={data && data.length > 5 && <SearchBox label={text.apps.search} value={wanted} onChange={setWanted} />}
    >
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !found ? (
        <Skeleton />
      ) : data?.length === 0 ? (
        <EmptyState
          icon="apps"
          title={text.apps.emptyTitle}
          action={<Link to="/projects">{text.apps.emptyAction}</Link>}
        >
          <p>{text.apps.emptyBody}</p>
        </EmptyState>
      ) : found.length === 0 ? (
        <EmptyState title={text.common.noMatches} />
      ) : (
        <AppTable apps={found} />
      )}
      <CommandLine command={commandOf("app.list", {})} />
    </Page>
  );
}

function AppTable({ apps }: { apps: readonly App[] }) {
  const text = useText();
  const columns: readonly Column<App>[] = [
    {
      key: "name",
      head: text.apps.app,
      cell: (app) => (
        <span className={styles.name}>
          <Link to="/app/$app" params={{ app: app.name }}>
            {app.name}
          </Link>
          {app.kind === "preview" && <Badge>{text.apps.preview}</Badge>}
        </span>
      ),
    },
    { key: "state", head: text.apps.state, cell: (app) => <AppState app={app} /> },
    { key: "address", head: text.apps.address, grow: true, cell: (app) => <AppAddress app={app} /> },
    {
      key: "project",
      head: text.apps.project,
      secondary: true,
      cell: (app) => (
        <Link to="/projects/$ref/publish" params={{ ref: app.source }}>
          {app.source}
        </Link>
      ),
    },
    {
      key: "release",
      head: text.apps.release,
      secondary: true,
      cell: (app) => (app.release === null ? "–" : <ReleaseLink app={app} number={app.release} />),
    },
    {
      key: "published",
      head: text.apps.published,
      secondary: true,
      cell: (app) => (app.latest ? <When time={app.latest.created_at} /> : text.common.never),
    },
  ];
  return <Table label={text.apps.title} columns={columns} rows={apps} keyOf={(app) => app.name} />;
}
