/** What the processes of a branch write, as they write it: filtered, and followed to the end until one scrolls up. */
import { useState } from "react";
import { follow } from "../../api/client.ts";
import { type ApiError, UNREACHABLE } from "../../api/errors.ts";
import { useOperation } from "../../api/hooks.ts";
import { IconButton } from "../../components/Button.tsx";
import { CopyButton } from "../../components/Copyable.tsx";
import type { Text } from "../../i18n/en.ts";
import { useText } from "../../i18n/text.tsx";
import { useWhere } from "../branch/where.tsx";
import { LogBox } from "./LogBox.tsx";
import styles from "./Logs.module.css";
import { useFollowedLog } from "./useFollowedLog.ts";

const PREVIEW = "preview";
const SHOWN = 1_500;

export function Logs({ visible }: { visible: boolean }) {
  const text = useText();
  const { ref } = useWhere();
  const [process, setProcess] = useState(PREVIEW);
  const [wanted, setWanted] = useState("");
  const [following, setFollowing] = useState(true);
  const workspace = useOperation("workspace.status", { ref }, { enabled: visible });
  const processes = [...new Set([PREVIEW, ...(workspace.data?.processes ?? []).map((each) => each.name)])];
  const { log, version, error } = useFollowedLog(
    `${ref} ${process}`,
    (watcher) =>
      process === PREVIEW
        ? follow("preview.logs", { ref, follow: true }, watcher)
        : follow("workspace.logs", { ref, process, follow: true }, watcher),
    { visible },
  );
  const lines = log.matching(wanted).slice(-SHOWN);

  return (
    <section className={styles.pane} aria-label={text.logs.title}>
      <header className={styles.head}>
        <h2>{text.logs.title}</h2>
        <select aria-label={text.logs.process} value={process} onChange={(event) => setProcess(event.target.value)}>
          {processes.map((name) => (
            <option key={name} value={name}>
              {name === PREVIEW ? text.preview.title : name}
            </option>
          ))}
        </select>
        <input
          type="search"
          className={styles.filter}
          aria-label={text.common.filter}
          placeholder={text.common.filter}
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
        <IconButton
          icon="down"
          size="small"
          label={text.logs.follow}
          aria-pressed={following}
          onClick={() => setFollowing(!following)}
        />
        <CopyButton value={lines.map((line) => line.text).join("\n")} label={text.logs.title} />
      </header>
      <LogBox
        label={text.logs.title}
        lines={lines}
        version={version}
        following={following}
        onFollowing={setFollowing}
        empty={wanted === "" ? whyEmpty(text, error) : text.common.noMatches}
      />
    </section>
  );
}

function whyEmpty(text: Text, error: ApiError | null): string {
  if (error === null || error.status === 404) return text.logs.empty;
  return error.code === UNREACHABLE ? text.error.unreachable : error.message;
}
