/** The trouble map of an app: the way of a request through the house, and where it stops. */
import { commandOf } from "../../api/requests.ts";
import { CommandLine } from "../../components/CommandLine.tsx";
import { useText } from "../../i18n/text.tsx";
import { TroubleMap } from "../../modules/publish/TroubleMap.tsx";
import styles from "./Apps.module.css";
import { useApp } from "./app.tsx";

export default function Trouble() {
  const text = useText();
  const { name: app } = useApp();
  return (
    <>
      <p className={styles.soft}>{text.why.about}</p>
      <TroubleMap app={app} />
      <CommandLine command={commandOf("app.why", { app })} />
    </>
  );
}
