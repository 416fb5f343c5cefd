/** Uploads under way: how far each is, and what to do when its name is taken or it failed. */
import { useSyncExternalStore } from "react";
import { Button, IconButton } from "../../components/Button.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import styles from "./UploadList.module.css";
import type { Upload, Uploads } from "./uploads.ts";

export function UploadList({ uploads }: { uploads: Uploads }) {
  const text = useText();
  const all = useSyncExternalStore(uploads.subscribe, uploads.snapshot);
  if (all.length === 0) return null;
  return (
    <section className={styles.list} aria-label={text.files.uploads}>
      <header className={styles.head}>
        <h3>{text.files.uploads}</h3>
        {all.some((upload) => upload.state === "done") && (
          <Button size="small" look="quiet" onClick={() => uploads.clearDone()}>
            {text.files.clear}
          </Button>
        )}
      </header>
      <ul>
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
  const share = upload.size === 0 ? 1 : upload.sent / upload.size;
  return (
    <li className={styles.line}>
      <div className={styles.words}>
        <span className={styles.path} title={upload.path}>
          {upload.path}
        </span>
        <span className={styles.state} role="status">
          {upload.state === "sending"
            ? `${format.bytes(upload.sent)} / ${format.bytes(upload.size)}`
            : text.files.uploadStates[upload.state]}
        </span>
        {upload.state !== "done" && (
          <IconButton
            icon="close"
            size="small"
            label={`${text.common.cancel} ${upload.path}`}
            onClick={() => void uploads.remove(upload.key)}
          />
        )}
      </div>
      {(upload.state === "sending" || upload.state === "retrying") && (
        <progress className={styles.bar} value={share} aria-label={upload.path} />
      )}
      {upload.error && upload.state === "failed" && <p className={styles.failed}>{upload.error.message}</p>}
      {upload.state === "failed" && (
        <Button size="small" onClick={() => void uploads.again(upload.key)}>
          {text.common.retry}
        </Button>
      )}
      {upload.state === "exists" && (
        <div className={styles.choices}>
          <Button size="small" onClick={() => void uploads.again(upload.key, "replace")}>
            {text.files.replace}
          </Button>
          <Button size="small" onClick={() => void uploads.again(upload.key, "keep-both")}>
            {text.files.keepBoth}
          </Button>
        </div>
      )}
    </li>
  );
}
