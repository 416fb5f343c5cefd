/** How far back the branch can go, and what that takes. */
import { useFollow, useOperation } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Progress } from "../../components/Progress.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Status } from "../../components/Status.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { useMayWrite } from "../branch/useMayWrite.ts";
import { useWhere } from "../branch/where.tsx";
import styles from "./HistoryKept.module.css";

export function HistoryKept() {
  const text = useText();
  const format = useFormat();
  const { ref, project } = useWhere();
  const mayWrite = useMayWrite(project);
  const history = useOperation("history.show", { ref });
  const verifying = useFollow("history.verify");
  if (history.error) return <ErrorState error={history.error} inline onRetry={() => void history.refetch()} />;
  if (!history.data) return <Skeleton />;
  const kept = history.data;
  const facts: readonly (readonly [string, string])[] = [
    [text.projectSettings.oldest, `${format.dateTime(kept.oldest)} · ${format.relative(kept.oldest, new Date())}`],
    [text.projectSettings.disk, format.bytes(kept.disk_bytes)],
    [
      text.projectSettings.storage,
      `${kept.storage} · ${kept.copy_on_write ? text.projectSettings.cow : text.projectSettings.copies}`,
    ],
    [text.projectSettings.bases, format.number(kept.bases.length)],
    [text.projectSettings.wal, `${format.number(kept.wal.segments)} · ${format.bytes(kept.wal.size_bytes)}`],
    [
      text.projectSettings.fileHistory,
      `${format.bytes(kept.files.raw_bytes)} → ${format.bytes(kept.files.packed_bytes)}`,
    ],
  ];
  return (
    <>
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {kept.trouble && <Status tone="bad">{kept.trouble}</Status>}
      {mayWrite && (
        <div>
          <Button size="small" busy={verifying.running} onClick={() => void verifying.start({ ref })}>
            {text.projectSettings.verify}
          </Button>
        </div>
      )}
      {verifying.running && <Progress step={verifying.step} label={text.projectSettings.verifying} />}
      {verifying.error && <ErrorState error={verifying.error} inline />}
      {verifying.result &&
        (verifying.result.ok ? (
          <Status tone="good">{text.projectSettings.verified(format.duration(verifying.result.seconds * 1000))}</Status>
        ) : (
          <ul>
            {verifying.result.faults.map((fault) => (
              <li key={`${fault.kind} ${fault.name}`}>
                <Status tone="bad">{fault.message}</Status>
              </li>
            ))}
          </ul>
        ))}
      <CommandLine command={commandOf("history.show", { ref })} />
    </>
  );
}
