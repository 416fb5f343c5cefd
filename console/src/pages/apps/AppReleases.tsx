/** All releases of an app, and the way back to each. */
import { useOperation } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { CommandLine } from "../../components/CommandLine.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { useText } from "../../i18n/text.tsx";
import { ReleaseTable } from "../../modules/publish/ReleaseTable.tsx";
import styles from "./Apps.module.css";
import { useApp } from "./app.tsx";

export default function AppReleases() {
  const text = useText();
  const app = useApp();
  const releases = useOperation("release.list", { app: app.name });
  if (releases.error && !releases.data) {
    return <ErrorState error={releases.error} onRetry={() => void releases.refetch()} />;
  }
  if (!releases.data) return <Skeleton />;
  return (
    <>
      <ReleaseTable app={app} releases={releases.data} />
      <p className={styles.soft}>{text.release.notUndone}</p>
      <CommandLine command={commandOf("app.rollback", { app: app.name })} />
    </>
  );
}
