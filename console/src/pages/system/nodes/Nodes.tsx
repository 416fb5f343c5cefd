/** The machines that joined: how each is, what runs there, what can be done with it, and how another one joins. */
import { useState } from "react";
import { useOperation } from "../../../api/hooks.ts";
import { commandOf } from "../../../api/requests.ts";
import { useMay } from "../../../api/session.ts";
import { Button } from "../../../components/Button.tsx";
import { CommandLine } from "../../../components/CommandLine.tsx";
import { EmptyState } from "../../../components/EmptyState.tsx";
import { ErrorState } from "../../../components/ErrorState.tsx";
import { Page } from "../../../components/Page.tsx";
import { Skeleton } from "../../../components/Skeleton.tsx";
import { useText } from "../../../i18n/text.tsx";
import { appsOn, HERE, inOrder, jobsOn, logsFrom, type Node, takersOf } from "../../../modules/nodes/nodes.ts";
import system from "../System.module.css";
import { SystemTabs } from "../SystemTabs.tsx";
import { AddNode } from "./AddNode.tsx";
import { DrainNode } from "./DrainNode.tsx";
import { MoveApp } from "./MoveApp.tsx";
import { NodeCard } from "./NodeCard.tsx";
import styles from "./Nodes.module.css";
import { RemoveNode } from "./RemoveNode.tsx";

const EVERY_MS = 5_000; // how busy a machine is makes no event; that one joins, is lost or is back does
const LOGS_EVERY_MS = 60_000;

/** What is asked about in a dialog. */
export type Doing =
  | { what: "add"; again?: Node }
  | { what: "drain" | "remove"; node: Node }
  | { what: "move"; app?: string; to?: string };

export default function Nodes() {
  const text = useText();
  const may = useMay()("admin");
  const [doing, setDoing] = useState<Doing | null>(null);
  const nodes = useOperation("node.list", {}, { refetchInterval: EVERY_MS });
  const apps = useOperation("app.list", {}, { refetchInterval: EVERY_MS });
  const jobs = useOperation("job.list", { state: "running", limit: 500 }, { refetchInterval: EVERY_MS });
  const sources = useOperation("log.list", {}, { costly: true, refetchInterval: LOGS_EVERY_MS });
  const close = () => setDoing(null);
  const { data, error } = nodes;
  const version = data?.find(({ name }) => name === HERE)?.version ?? null;
  const add = may && (
    <Button look="primary" icon="plus" data-creates onClick={() => setDoing({ what: "add" })}>
      {text.nodes.add}
    </Button>
  );
  return (
    <Page title={text.rail.system} actions={data && data.length > 1 && add}>
      <SystemTabs />
      <p className={system.fine}>{text.nodes.about}</p>
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void nodes.refetch()} />
      ) : !data ? (
        <Skeleton />
      ) : (
        <ul className={styles.nodes} aria-label={text.nodes.title}>
          {inOrder(data).map((node) => (
            <NodeCard
              key={node.name}
              node={node}
              version={version}
              apps={appsOn(node.name, apps.data ?? [])}
              jobs={jobsOn(node.name, jobs.data ?? [])}
              logs={logsFrom(node.name, sources.data ?? [])}
              onDo={setDoing}
            />
          ))}
        </ul>
      )}
      {data?.length === 1 && (
        <EmptyState icon="system" title={text.nodes.empty} action={add}>
          <p>{text.nodes.emptyAbout}</p>
          <CommandLine open command={commandOf("node.add", { name: "shelf", role: ["runtime"] })} />
        </EmptyState>
      )}
      <CommandLine command={commandOf("node.list", {})} />
      {doing?.what === "add" && <AddNode again={doing.again} onClose={close} />}
      {doing?.what === "drain" && (
        <DrainNode
          node={doing.node}
          apps={appsOn(doing.node.name, apps.data ?? [])}
          takers={takersOf(data ?? [], doing.node.name)}
          onClose={close}
        />
      )}
      {doing?.what === "remove" && (
        <RemoveNode node={doing.node} apps={appsOn(doing.node.name, apps.data ?? [])} onClose={close} />
      )}
      {doing?.what === "move" && (
        <MoveApp app={doing.app} to={doing.to} apps={apps.data ?? []} nodes={data ?? []} onClose={close} />
      )}
    </Page>
  );
}
