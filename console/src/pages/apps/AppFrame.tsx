/** The frame of an app's pages: how it is, where it is, and its tabs. */
import { Link, Outlet, useParams } from "@tanstack/react-router";
import { useFollow, useOperation } from "../../api/hooks.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Icon } from "../../components/Icon.tsx";
import { Page } from "../../components/Page.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Badge } from "../../components/Status.tsx";
import { Tabs } from "../../components/Tabs.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { useText } from "../../i18n/text.tsx";
import { useMayWrite } from "../../modules/branch/useMayWrite.ts";
import { AppAddress } from "../../modules/publish/AppAddress.tsx";
import { AppState } from "../../modules/publish/AppState.tsx";
import type { App } from "../../modules/publish/apps.ts";
import styles from "./Apps.module.css";
import { AppContext } from "./app.tsx";

const EVERY_MS = 5_000; // how an app runs makes no event
const TABS = [
  "overview",
  "releases",
  "logs",
  "environment",
  "domains",
  "cron",
  "database",
  "trouble",
  "settings",
] as const;

export default function AppFrame() {
  const text = useText();
  const { app: name } = useParams({ from: "/signed-in/app/$app" });
  const shown = useOperation("app.show", { app: name }, { refetchInterval: EVERY_MS });
  const app = shown.data;
  if (!app) {
    return (
      <Page title={name}>
        {shown.error ? (
          <ErrorState error={shown.error} onRetry={() => void shown.refetch()}>
            <Link to="/app">{text.apps.title}</Link>
          </ErrorState>
        ) : (
          <Skeleton />
        )}
      </Page>
    );
  }
  return (
    <AppContext value={app}>
      <Page title={app.name} about={<About app={app} />} actions={<Actions app={app} />}>
        <Tabs
          label={app.name}
          tabs={TABS.map((tab) => ({
            to: tab === "overview" ? `/app/${name}` : `/app/${name}/${tab}`,
            label: text.apps.tabs[tab],
          }))}
        />
        {app.status === "failing" && <Unwell app={app} />}
        <Outlet />
      </Page>
    </AppContext>
  );
}

function About({ app }: { app: App }) {
  const text = useText();
  return (
    <span className={styles.about}>
      <AppState app={app} />
      {app.kind === "preview" && <Badge>{text.apps.preview}</Badge>}
      <AppAddress app={app} />
    </span>
  );
}

function Actions({ app }: { app: App }) {
  const text = useText();
  const toasts = useToasts();
  const mayWrite = useMayWrite(app.project);
  const starting = useFollow("app.start");
  const stopping = useFollow("app.stop");
  if (!mayWrite || app.release === null) return null;
  const stopped = app.state === "stopped";
  const start = async () => {
    const began = performance.now();
    if (!(await starting.start({ app: app.name }))) return;
    toasts.show({ message: text.apps.started(app.name), tookMs: performance.now() - began });
  };
  const stop = async () => {
    const began = performance.now();
    if (!(await stopping.start({ app: app.name }))) return;
    toasts.show({
      message: text.apps.stopped(app.name),
      tookMs: performance.now() - began,
      undo: () => void start(),
    });
  };
  const error = starting.error ?? stopping.error;
  return (
    <>
      {error && <ErrorState error={error} inline />}
      <Button
        icon={stopped ? "play" : "stop"}
        busy={starting.running || stopping.running}
        onClick={() => void (stopped ? start() : stop())}
      >
        {stopped ? text.apps.start : text.apps.stop}
      </Button>
    </>
  );
}

function Unwell({ app }: { app: App }) {
  const text = useText();
  return (
    <div className={styles.unwell} role="alert">
      <Icon name="warning" />
      <p>{text.apps.notHealthy}</p>
      <Link to="/app/$app/trouble" params={{ app: app.name }}>
        {text.apps.whereItStops}
      </Link>
      <Link to="/app/$app/logs" params={{ app: app.name }}>
        {text.error.seeLogs}
      </Link>
    </div>
  );
}
