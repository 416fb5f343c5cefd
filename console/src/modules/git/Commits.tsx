/** The commits of a branch, newest first, each with what it changed and the way to take it back. */
import { useState } from "react";
import { useFollow, useOperation } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { When } from "../../components/When.tsx";
import { useText } from "../../i18n/text.tsx";
import { useWhere } from "../branch/where.tsx";
import styles from "./Git.module.css";
import { Difference } from "./Patches.tsx";

type Commit = OutputOf<"git.log">["commits"][number];

const PAGE = 30;

export function Commits({ mayWrite }: { mayWrite: boolean }) {
  const text = useText();
  const { ref } = useWhere();
  const [shown, setShown] = useState(PAGE);
  const log = useOperation("git.log", { ref, limit: shown });
  if (log.error) return <ErrorState error={log.error} inline onRetry={() => void log.refetch()} />;
  if (!log.data) return <Skeleton lines={3} />;
  return (
    <>
      {log.data.commits.length === 0 && <p className={styles.soft}>{text.git.noCommits}</p>}
      <ol className={styles.commits} aria-label={text.git.log}>
        {log.data.commits.map((commit) => (
          <One key={commit.sha} commit={commit} mayWrite={mayWrite} />
        ))}
      </ol>
      {log.data.more && <Button onClick={() => setShown(shown + PAGE)}>{text.common.showOlder}</Button>}
      <CommandLine command={commandOf("git.log", { ref })} />
    </>
  );
}

function One({ commit, mayWrite }: { commit: Commit; mayWrite: boolean }) {
  const text = useText();
  const toasts = useToasts();
  const { ref } = useWhere();
  const [open, setOpen] = useState(false);
  const reverting = useFollow("git.revert");
  const short = commit.sha.slice(0, 8);
  const [subject = "", ...rest] = commit.message.trim().split("\n");
  const revert = async () => {
    const done = await reverting.start({ ref, commit: commit.sha });
    if (done) toasts.show({ message: text.git.reverted(short), tookMs: done.seconds * 1000 });
  };
  return (
    <li className={styles.one}>
      <div className={styles.head}>
        <button type="button" className={styles.opener} aria-expanded={open} onClick={() => setOpen(!open)}>
          <code>{short}</code>
          <span className={styles.subject}>{subject}</span>
        </button>
        <span className={styles.soft}>
          {commit.author} · <When time={commit.time} />
        </span>
        {mayWrite && (
          <Button
            size="small"
            look="quiet"
            icon="undo"
            busy={reverting.running}
            aria-label={`${text.git.revert} ${short}`}
            onClick={() => void revert()}
          >
            {text.git.revert}
          </Button>
        )}
      </div>
      {reverting.error && <ErrorState error={reverting.error} inline />}
      {open && (
        <>
          {rest.length > 0 && <p className={styles.rest}>{rest.join("\n").trim()}</p>}
          <Difference input={{ ref, to: commit.sha }} label={text.git.diffOf(short)} />
        </>
      )}
    </li>
  );
}
