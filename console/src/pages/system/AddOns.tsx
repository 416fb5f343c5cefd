/** Add-ons: editors and coding agents that are installed on demand, with a bar while they are. */
import { useState } from "react";
import { useFollow, useOperation } from "../../api/hooks.ts";
import type { OutputOf } from "../../api/operations.ts";
import { commandOf } from "../../api/requests.ts";
import { useMay } from "../../api/session.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Page } from "../../components/Page.tsx";
import { Progress } from "../../components/Progress.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Status } from "../../components/Status.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import styles from "./AddOns.module.css";
import { SystemTabs } from "./SystemTabs.tsx";

type AddOn = OutputOf<"addon.list">[number];

const MB = 1_000_000;

export default function AddOns() {
  const text = useText();
  const { data, error, refetch } = useOperation("addon.list", {});
  return (
    <Page title={text.rail.system}>
      <SystemTabs />
      <p className={styles.about}>{text.addons.about}</p>
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data ? (
        <ul className={styles.list}>
          {data.map((addon) => (
            <AddOnRow key={addon.name} addon={addon} />
          ))}
        </ul>
      ) : (
        <Skeleton />
      )}
      <CommandLine command={commandOf("addon.install", {})} />
    </Page>
  );
}

function AddOnRow({ addon }: { addon: AddOn }) {
  const text = useText();
  const format = useFormat();
  const toasts = useToasts();
  const mayInstall = useMay()("admin");
  const installation = useFollow("addon.install");
  const [removing, setRemoving] = useState(false);

  const install = async () => {
    const began = performance.now();
    if (!(await installation.start({ name: addon.name }))) return;
    toasts.show({ message: text.addons.installed(addon.title), tookMs: performance.now() - began });
  };

  return (
    <li className={styles.addon}>
      <div className={styles.words}>
        <strong>{addon.title}</strong>
        <p>
          <code>{addon.name}</code> {addon.version} · {format.bytes(addon.size_mb * MB)}
          {addon.programs.length > 0 && ` · ${format.list(addon.programs)}`}
        </p>
        {!addon.installed && addon.lacks.length > 0 && (
          <p className={styles.lacks}>{text.addons.lacks(format.list(addon.lacks))}</p>
        )}
      </div>
      <Status tone={addon.installed ? "good" : "still"}>
        {(addon.installed ? text.states.installed : text.states.available) ?? ""}
      </Status>
      {mayInstall &&
        (addon.installed ? (
          <Button size="small" look="quiet" onClick={() => setRemoving(true)}>
            {text.addons.remove}
          </Button>
        ) : (
          <Button size="small" busy={installation.running} onClick={() => void install()}>
            {text.addons.install}
          </Button>
        ))}
      {(installation.running || installation.error) && (
        <div className={styles.wide}>
          {installation.running && <Progress step={installation.step} />}
          {installation.error && <ErrorState error={installation.error} inline />}
        </div>
      )}
      {removing && <RemoveAddOn addon={addon} onClose={() => setRemoving(false)} />}
    </li>
  );
}

function RemoveAddOn({ addon, onClose }: { addon: AddOn; onClose: () => void }) {
  const text = useText();
  const toasts = useToasts();
  const removal = useFollow("addon.remove");

  const confirm = async () => {
    if (!(await removal.start({ name: addon.name }))) return;
    toasts.show({ message: text.addons.removed(addon.title) });
    onClose();
  };

  return (
    <ConfirmDialog
      title={text.addons.removeTitle(addon.title)}
      action={text.common.remove}
      running={removal.running}
      error={removal.error}
      command={commandOf("addon.remove", { name: addon.name })}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{text.addons.removeAbout}</p>
    </ConfirmDialog>
  );
}
