/** The commands that an admin defined for a project: a program with typed parameters, run with its output in view. */
import { useState } from "react";
import { useOperation } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { atLeast, roleOf, useMay, useSession } from "../../api/session.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { Copyable } from "../../components/Copyable.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { useText } from "../../i18n/text.tsx";
import { useWhere } from "../branch/where.tsx";
import { OperationDialog } from "../palette/OperationDialog.tsx";
import styles from "./Commands.module.css";
import { RunCommand } from "./RunCommand.tsx";

type Command = OutputOf<"command.list">[number];

const EXAMPLE = { name: "seed", argv: ["python", "seed.py", "{rows}"] };

export function Commands() {
  const text = useText();
  const session = useSession();
  const { project, ref } = useWhere();
  const mayDefine = useMay()("admin", project);
  const { data, error, refetch } = useOperation("command.list", { ref });
  const [running, setRunning] = useState<Command | null>(null);
  const [defining, setDefining] = useState(false);
  if (error && !data) return <ErrorState error={error} inline onRetry={() => void refetch()} />;
  if (!data) return <Skeleton />;

  const columns: readonly Column<Command>[] = [
    {
      key: "name",
      head: text.common.name,
      grow: true,
      cell: (command) => (
        <>
          <strong>{command.name}</strong> <span className={styles.soft}>{command.summary}</span>
        </>
      ),
    },
    {
      key: "argv",
      head: text.commands.runs,
      secondary: true,
      cell: (command) => <code>{command.argv.join(" ")}</code>,
    },
    {
      key: "run",
      head: <span className="visually-hidden">{text.common.actions}</span>,
      align: "end",
      cell: (command) =>
        atLeast(roleOf(session, project), command.role) && (
          <Button size="small" icon="play" onClick={() => setRunning(command)}>
            {text.palette.run}
          </Button>
        ),
    },
  ];
  return (
    <>
      {data.length > 0 ? (
        <Table label={text.commands.title} columns={columns} rows={data} keyOf={(command) => command.name} />
      ) : (
        <p className={styles.soft}>{text.commands.none}</p>
      )}
      {mayDefine && (
        <div>
          <Button icon="plus" onClick={() => setDefining(true)}>
            {text.commands.define}
          </Button>
        </div>
      )}
      {mayDefine && data.length === 0 && (
        <Copyable
          value={commandOf("command.define", { ref, ...EXAMPLE })}
          label={text.common.sameOnCommandLine}
          prompt
        />
      )}
      {data.length > 0 && <CommandLine command={commandOf("command.list", { ref })} />}
      {running && <RunCommand branch={ref} command={running} onClose={() => setRunning(null)} />}
      {defining && <OperationDialog name="command.define" onClose={() => setDefining(false)} />}
    </>
  );
}
