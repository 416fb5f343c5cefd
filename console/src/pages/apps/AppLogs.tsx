/** What an app writes, as it writes it. */
import { useState } from "react";
import { follow } from "../../api/client.ts";
import { UNREACHABLE } from "../../api/errors.ts";
import { commandOf } from "../../api/requests.ts";
import { IconButton } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { CopyButton } from "../../components/Copyable.tsx";
import { SearchBox } from "../../components/SearchBox.tsx";
import { useText } from "../../i18n/text.tsx";
import { LogBox } from "../../modules/logs/LogBox.tsx";
import { useFollowedLog } from "../../modules/logs/useFollowedLog.ts";
import styles from "./AppLogs.module.css";
import { useApp } from "./app.tsx";

const SHOWN = 1_500;

export default function AppLogs() {
  const text = useText();
  const { name } = useApp();
  const [wanted, setWanted] = useState("");
  const [following, setFollowing] = useState(true);
  const { log, version, error } = useFollowedLog(name, (watcher) =>
    follow("app.logs", { app: name, follow: true }, watcher),
  );
  const lines = log.matching(wanted).slice(-SHOWN);
  const empty =
    error === null ? text.apps.logs.empty : error.code === UNREACHABLE ? text.error.unreachable : error.message;
  return (
    <>
      <div className={styles.bar}>
        <SearchBox label={text.common.filter} value={wanted} onChange={setWanted} />
        <span className={styles.grow} />
        <IconButton
          icon="down"
          label={text.logs.follow}
          aria-pressed={following}
          onClick={() => setFollowing(!following)}
        />
        <CopyButton value={lines.map((line) => line.text).join("\n")} label={text.apps.logs.title} />
      </div>
      <div className={styles.box}>
        <LogBox
          label={text.apps.logs.title}
          lines={lines}
          version={version}
          following={following}
          onFollowing={setFollowing}
          empty={wanted === "" ? empty : text.common.noMatches}
          framed
        />
      </div>
      <CommandLine command={commandOf("app.logs", { app: name, follow: true })} />
    </>
  );
}
