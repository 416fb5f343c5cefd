/** What is not committed yet, with its lines, and the box to commit it all with a message. */
import { type FormEvent, useState } from "react";
import { useFollow, useOperation } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { TextArea } from "../../components/Field.tsx";
import { Progress } from "../../components/Progress.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Status } from "../../components/Status.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { useText } from "../../i18n/text.tsx";
import { useWhere } from "../branch/where.tsx";
import styles from "./Git.module.css";
import { Difference } from "./Patches.tsx";

export function CommitBox({ mayWrite }: { mayWrite: boolean }) {
  const text = useText();
  const { ref } = useWhere();
  const status = useOperation("git.status", { ref }, { staleTime: 0 });
  if (status.error) return <ErrorState error={status.error} inline onRetry={() => void status.refetch()} />;
  if (!status.data) return <Skeleton lines={2} />;
  const { behind, branch, changes, clean, commit } = status.data;
  return (
    <>
      <p className={styles.standing}>
        <Status tone={clean ? "good" : "wait"}>{clean ? text.git.clean : text.git.notClean(changes.length)}</Status>
        <span className={styles.soft}>
          {text.git.on(branch)} {commit && <code>{commit.slice(0, 8)}</code>}
        </span>
      </p>
      {behind > 0 && <Behind count={behind} mayWrite={mayWrite} />}
      {!clean && commit !== null && <Difference input={{ ref }} label={text.git.diff} />}
      {!clean && commit === null && (
        <ul className={styles.paths}>
          {changes.map((change) => (
            <li key={change.path}>
              <code>{change.path}</code> <span className={styles.soft}>{text.git.changes[change.kind]}</span>
            </li>
          ))}
        </ul>
      )}
      {!clean && mayWrite && <Commit />}
    </>
  );
}

function Commit() {
  const text = useText();
  const toasts = useToasts();
  const { ref } = useWhere();
  const committing = useFollow("git.commit");
  const [message, setMessage] = useState("");
  const input = { ref, message: message.trim() };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const done = await committing.start(input);
    if (!done) return;
    setMessage("");
    toasts.show({ message: text.git.committed(done.commit.sha.slice(0, 8)), tookMs: done.seconds * 1000 });
  };
  return (
    <form className={styles.commit} onSubmit={(event) => void submit(event)}>
      <TextArea
        label={text.git.message}
        hint={text.git.messageHint}
        rows={2}
        value={message}
        onChange={(event) => setMessage((event.target as unknown as HTMLTextAreaElement).value)}
      />
      {committing.running && <Progress step={committing.step} />}
      {committing.error && <ErrorState error={committing.error} inline />}
      <div>
        <Button type="submit" icon="check" busy={committing.running} disabled={input.message === ""}>
          {text.git.commit}
        </Button>
      </div>
      <CommandLine command={commandOf("git.commit", input)} />
    </form>
  );
}

function Behind({ count, mayWrite }: { count: number; mayWrite: boolean }) {
  const text = useText();
  const toasts = useToasts();
  const { ref } = useWhere();
  const updating = useFollow("git.update");
  const update = async () => {
    const done = await updating.start({ ref });
    if (done) toasts.show({ message: text.git.updated(done.commits), tookMs: done.seconds * 1000 });
  };
  return (
    <>
      <p className={styles.standing}>
        <Status tone="wait">{text.git.behind(count)}</Status>
        {mayWrite && (
          <Button size="small" icon="download" busy={updating.running} onClick={() => void update()}>
            {text.git.update}
          </Button>
        )}
      </p>
      {updating.error && <ErrorState error={updating.error} inline />}
    </>
  );
}
