/** One node: how it is, how full, what runs there, and what can be done with it. */
import { Link } from "@tanstack/react-router";
import type { OutputOf } from "../../../api/operations.ts";
import { useMay } from "../../../api/session.ts";
import { Button } from "../../../components/Button.tsx";
import { Icon } from "../../../components/Icon.tsx";
import { Menu, type MenuItem } from "../../../components/Menu.tsx";
import { Badge, Status } from "../../../components/Status.tsx";
import { When } from "../../../components/When.tsx";
import { useText } from "../../../i18n/text.tsx";
import { HERE, hasJoined, isDraining, type Node, standingsOf, toneOfNode } from "../../../modules/nodes/nodes.ts";
import { useDraining } from "../../../modules/nodes/useDraining.ts";
import { AppState } from "../../../modules/publish/AppState.tsx";
import type { App } from "../../../modules/publish/apps.ts";
import styles from "./Nodes.module.css";
import type { Doing } from "./Nodes.tsx";
import { Uses } from "./Uses.tsx";

type Job = OutputOf<"job.list">[number];

interface Props {
  readonly node: Node;
  /** That of the daemon. */
  readonly version: string | null;
  readonly apps: readonly App[];
  readonly jobs: readonly Job[];
  /** Those that come from there, as the explorer of logs takes them. */
  readonly logs: string;
  readonly onDo: (doing: Doing) => void;
}

export function NodeCard(props: Props) {
  const { node, apps, jobs } = props;
  const text = useText();
  const titleId = `node-${node.name}`;
  return (
    <li className={styles.node} aria-labelledby={titleId}>
      <header className={styles.head}>
        <h2 id={titleId}>
          {node.name}
          {node.name === HERE && <span className={styles.soft}> ({text.nodes.here})</span>}
        </h2>
        <Standing node={node} />
        <span className={styles.roles}>
          {node.roles.map((role) => (
            <Badge key={role}>{text.nodes.roleNames[role] ?? role}</Badge>
          ))}
        </span>
        <Ways {...props} />
      </header>
      <About {...props} />
      {node.machine && <Uses machine={node.machine} />}
      {!node.machine && hasJoined(node) && node.address === null && (
        <p className={styles.soft}>{text.nodes.tellsNothing}</p>
      )}
      {node.lost_since !== null && apps.length > 0 && <p className={styles.warning}>{text.nodes.lostApps}</p>}
      {hasJoined(node) && (
        <div className={styles.runs}>
          <Apps {...props} />
          {(jobs.length > 0 || node.roles.includes("runner")) && <Jobs jobs={jobs} />}
        </div>
      )}
    </li>
  );
}

function Standing({ node }: { node: Node }) {
  const text = useText();
  return (
    <span className={styles.standing}>
      {standingsOf(node).map((standing) => (
        <span key={standing}>
          <Status tone={toneOfNode(standing)}>{text.nodes.states[standing]}</Status>
          {standing === "silent" && node.lost_since !== null && (
            <>
              {" "}
              {text.nodes.since} <When time={node.lost_since} />
            </>
          )}
        </span>
      ))}
    </span>
  );
}

/** To its charts, its logs, and the menu of what can be done. */
function Ways({ node, logs, onDo }: Props) {
  const text = useText();
  const may = useMay()("admin");
  const { takeBack } = useDraining();
  const here = node.name === HERE;
  const items: MenuItem[] = [
    isDraining(node)
      ? { label: text.nodes.takeUp, icon: "play", onChoose: () => void takeBack(node.name, []) }
      : { label: text.nodes.drain, icon: "stop", onChoose: () => onDo({ what: "drain", node }) },
    ...(node.roles.includes("runtime") && !isDraining(node)
      ? [{ label: text.nodes.moveHere, icon: "apps", onChoose: () => onDo({ what: "move", to: node.name }) } as const]
      : []),
  ];
  const again: MenuItem = { label: text.nodes.again, icon: "key", onChoose: () => onDo({ what: "add", again: node }) };
  const remove: MenuItem = {
    label: text.nodes.remove,
    icon: "trash",
    danger: true,
    separated: true,
    onChoose: () => onDo({ what: "remove", node }),
  };
  return (
    <span className={styles.ways}>
      {hasJoined(node) && (
        <Link
          to="/monitoring/dashboards"
          search={here ? { kind: "host" } : { kind: "node", label: node.name }}
          aria-label={text.nodes.chartsOf(node.name)}
        >
          {text.nodes.charts}
        </Link>
      )}
      {(here || logs !== "") && (
        <Link
          to="/monitoring/logs"
          search={here ? { of: "daemon" } : { source: logs }}
          aria-label={text.nodes.logsOf(node.name)}
        >
          {text.nodes.logs}
        </Link>
      )}
      {may && (
        <Menu
          label={`${text.common.actions}: ${node.name}`}
          align="end"
          button={<Icon name="more" />}
          items={[...(hasJoined(node) ? items : [again]), ...(here ? [] : [remove])]}
        />
      )}
    </span>
  );
}

function About({ node, version }: Props) {
  const text = useText();
  const other = node.version !== null && version !== null && node.version !== version;
  if (!hasJoined(node))
    return (
      <p className={styles.soft}>
        {node.state === "expired" ? text.nodes.expiredAbout : text.nodes.waitsAbout} {text.nodes.added}{" "}
        <When time={node.created_at} />
      </p>
    );
  return (
    <dl className={styles.facts}>
      {node.address !== null && (
        <div>
          <dt>{text.nodes.address}</dt>
          <dd>
            <code>{node.address}</code>
          </dd>
        </div>
      )}
      {node.name !== HERE && (
        <div>
          <dt>{text.nodes.heard}</dt>
          <dd>{node.last_heard_at === null ? text.common.never : <When time={node.last_heard_at} />}</dd>
        </div>
      )}
      <div>
        <dt>{text.nodes.version}</dt>
        <dd>
          {node.version ?? "–"} {other && <Badge tone="wait">{text.nodes.otherVersion(version)}</Badge>}
        </dd>
      </div>
    </dl>
  );
}

function Apps({ node, apps, onDo }: Props) {
  const text = useText();
  const may = useMay();
  if (apps.length === 0 && !node.roles.includes("runtime")) return null;
  return (
    <section aria-label={text.nodes.appsOn(node.name)}>
      <h3>{text.nodes.apps}</h3>
      {apps.length === 0 && <p className={styles.soft}>{text.nodes.noApps}</p>}
      <ul>
        {apps.map((app) => (
          <li key={app.name}>
            <Link to="/app/$app" params={{ app: app.name }}>
              {app.name}
            </Link>
            <AppState app={app} />
            {may("admin", app.project) && app.release !== null && (
              <Button
                size="small"
                look="quiet"
                aria-label={text.nodes.moveApp(app.name)}
                onClick={() => onDo({ what: "move", app: app.name })}
              >
                {text.nodes.move}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Jobs({ jobs }: { jobs: readonly Job[] }) {
  const text = useText();
  return (
    <section>
      <h3>{text.jobs.title}</h3>
      {jobs.length === 0 && <p className={styles.soft}>{text.nodes.noJobs}</p>}
      <ul>
        {jobs.map((job) => (
          <li key={job.id}>
            <Link to="/system/jobs/$job" params={{ job: String(job.id) }}>
              {job.kind} #{job.id}
            </Link>
            <span className={styles.soft}>{job.app}</span>
            {job.started_at && (
              <span className={styles.soft}>
                <When time={job.started_at} />
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
