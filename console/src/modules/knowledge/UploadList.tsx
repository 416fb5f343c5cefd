/** Files on their way into a collection: a bar for each and, where one is refused, why and what to do. */
import { useSyncExternalStore } from "react";
import { ApiError } from "../../api/errors.ts";
import { Button, IconButton } from "../../components/Button.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Progress } from "../../components/Progress.tsx";
import { Status, type Tone } from "../../components/Status.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import styles from "./UploadList.module.css";
import { TOO_LARGE, type Upload, type UploadState, type Uploads } from "./uploads.ts";

const TONES: Readonly<Record<UploadState, Tone>> = { waiting: "still", working: "wait", done: "good", failed: "bad" };

export function UploadList({ uploads }: { uploads: Uploads }) {
  const text = useText();
  const all = useSyncExternalStore(uploads.subscribe, uploads.snapshot);
  if (all.length === 0) return null;
  const done = all.filter(({ state }) => state === "done").length;
  return (
    <section className={styles.list} aria-label={text.documents.uploads}>
      <header className={styles.head}>
        <h3>{text.documents.uploads}</h3>
        <span className={styles.soft} role="status">
          {text.documents.summary(done, all.length)}
        </span>
        {done > 0 && (
          <Button size="small" look="quiet" onClick={() => uploads.clearDone()}>
            {text.documents.clear}
          </Button>
        )}
      </header>
      <ul className={styles.lines}>
        {all.map((upload) => (
          <Line key={upload.key} upload={upload} uploads={uploads} />
        ))}
      </ul>
    </section>
  );
}

function Line({ upload, uploads }: { upload: Upload; uploads: Uploads }) {
  const text = useText();
  const format = useFormat();
  const { key, name, state, error } = upload;
  return (
    <li className={styles.line}>
      <div className={styles.words}>
        <span className={styles.name} title={name}>
          {name}
        </span>
        <span className={styles.soft}>
          {state === "done" && upload.passages
            ? text.documents.added(upload.passages)
            : state === "waiting" || state === "working"
              ? format.bytes(upload.bytes)
              : null}
        </span>
        <Status tone={TONES[state]}>{saidOf(upload, text.documents.states)}</Status>
        {state === "failed" && (
          <IconButton
            icon="refresh"
            size="small"
            label={text.documents.again(name)}
            onClick={() => uploads.again(key)}
          />
        )}
        {state !== "done" && (
          <IconButton
            icon="close"
            size="small"
            label={text.documents.cancel(name)}
            onClick={() => uploads.remove(key)}
          />
        )}
      </div>
      {state === "working" && <Progress step={upload.step} label={text.documents.states.sending ?? name} />}
      {error && <ErrorState error={error.code === TOO_LARGE ? tooLarge(name, text.documents) : error} inline />}
    </li>
  );
}

function saidOf({ state, later, passages }: Upload, words: Readonly<Record<string, string>>): string {
  const said = state !== "done" ? state : later ? "queued" : passages === 0 ? "unchanged" : state;
  return words[said] ?? said;
}

interface Words {
  tooLarge: (name: string) => string;
  tooLargeHint: string;
}

function tooLarge(name: string, words: Words): ApiError {
  return new ApiError(TOO_LARGE, words.tooLarge(name), words.tooLargeHint, 413, null);
}
