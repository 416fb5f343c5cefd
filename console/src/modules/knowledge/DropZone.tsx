/** Where files and folders are dropped, or chosen by those who do not drag. */
import { type ChangeEvent, type DragEvent, useRef, useState } from "react";
import { Button } from "../../components/Button.tsx";
import { classes } from "../../components/classes.ts";
import { Icon } from "../../components/Icon.tsx";
import { useText } from "../../i18n/text.tsx";
import { type Dropped, droppedFiles } from "../files/dropped.ts";
import styles from "./DropZone.module.css";

export function DropZone({ onFiles }: { onFiles: (files: readonly Dropped[]) => void }) {
  const text = useText();
  const [over, setOver] = useState(false);
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void droppedFiles(event.dataTransfer).then(onFiles);
  };
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const chosen = [...(event.target.files ?? [])];
    onFiles(chosen.map((file) => ({ path: file.webkitRelativePath || file.name, file })));
    event.target.value = ""; // the same can be chosen again
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the buttons inside do the same without dragging
    <div
      className={classes(styles.zone, over && styles.over)}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Icon name="upload" size={20} />
      <div className={styles.words}>
        <p className={styles.title}>{over ? text.documents.dropNow : text.documents.drop}</p>
        <p className={styles.soft}>{text.documents.kinds}</p>
      </div>
      <div className={styles.buttons}>
        <Button icon="file" data-creates onClick={() => files.current?.click()}>
          {text.documents.choose}
        </Button>
        <Button icon="folder" onClick={() => folder.current?.click()}>
          {text.documents.chooseFolder}
        </Button>
      </div>
      <input ref={files} type="file" multiple hidden aria-label={text.documents.choose} onChange={choose} />
      <input
        ref={(input) => {
          input?.setAttribute("webkitdirectory", "");
          folder.current = input;
        }}
        type="file"
        multiple
        hidden
        aria-label={text.documents.chooseFolder}
        onChange={choose}
      />
    </div>
  );
}
