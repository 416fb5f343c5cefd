/** The kept states of a file: each compared with what it is now, and had back without touching anything else. */
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useFollow, useOperation } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { When } from "../../components/When.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { useWhere } from "../branch/where.tsx";
import { baseName } from "./tree.ts";
import styles from "./Versions.module.css";

const FileChange = lazy(() => import("../time/FileChange.tsx"));

export function Versions({ path, onClose }: { path: string; onClose: () => void }) {
  const text = useText();
  const format = useFormat();
  const toasts = useToasts();
  const queries = useQueryClient();
  const { ref, writable } = useWhere();
  const history = useOperation("files.history", { ref, path });
  const restoring = useFollow("files.restore");
  const [chosen, setChosen] = useState<string | null>(null);
  const versions = [...(history.data ?? [])].reverse();

  const restore = async () => {
    if (chosen === null) return;
    const before = new Date().toISOString();
    const done = await restoring.start({ ref, path: [path], at: chosen });
    if (!done) return;
    const undo = () => void restoring.start({ ref, path: [path], at: before });
    toasts.show({
      message: text.files.restoredTo(baseName(path), format.dateTime(chosen)),
      tookMs: done.seconds * 1000,
      undo,
    });
    await queries.invalidateQueries({ queryKey: ["files.ls"] });
    onClose();
  };
  return (
    <Dialog
      title={text.files.versionsOf(baseName(path))}
      onClose={onClose}
      width="wide"
      footer={
        writable && (
          <Button
            look="primary"
            icon="rewind"
            disabled={chosen === null}
            busy={restoring.running}
            onClick={() => void restore()}
          >
            {text.files.restore}
          </Button>
        )
      }
    >
      {history.isPending && <Skeleton />}
      {history.error && <ErrorState error={history.error} inline onRetry={() => void history.refetch()} />}
      <ol className={styles.list}>
        {versions.map((version, index) => (
          <li key={version.time}>
            <button
              type="button"
              className={styles.version}
              aria-pressed={chosen === version.time}
              onClick={() => setChosen(version.time)}
            >
              <span>{format.dateTime(version.time)}</span>
              <When time={version.time} />
              <span className={styles.size}>
                {version.kind === "gone" ? text.files.gone : format.bytes(version.size_bytes)}
              </span>
              {index === 0 && <span className={styles.latest}>{text.files.latest}</span>}
            </button>
          </li>
        ))}
      </ol>
      {chosen !== null && (
        <Suspense fallback={<Skeleton />}>
          <FileChange path={path} moment={chosen} />
        </Suspense>
      )}
      {restoring.error && <ErrorState error={restoring.error} inline />}
      {chosen !== null && <CommandLine command={commandOf("files.restore", { ref, path: [path], at: chosen })} />}
    </Dialog>
  );
}
