/** Parting with a node cannot be undone, so its name is asked for; one that has apps is drained first. */
import { useFollow } from "../../../api/hooks.ts";
import { commandOf } from "../../../api/requests.ts";
import { ConfirmDialog } from "../../../components/ConfirmDialog.tsx";
import { useToasts } from "../../../components/Toasts.tsx";
import { useFormat, useText } from "../../../i18n/text.tsx";
import type { Node } from "../../../modules/nodes/nodes.ts";
import type { App } from "../../../modules/publish/apps.ts";

export function RemoveNode({ node, apps, onClose }: { node: Node; apps: readonly App[]; onClose: () => void }) {
  const text = useText();
  const format = useFormat();
  const toasts = useToasts();
  const removing = useFollow("node.remove");
  const { name } = node;
  const confirm = async () => {
    const began = performance.now();
    if (!(await removing.start({ name }))) return;
    toasts.show({ message: text.nodes.removed(name), tookMs: performance.now() - began });
    onClose();
  };
  return (
    <ConfirmDialog
      title={text.nodes.removeTitle(name)}
      name={name}
      action={text.nodes.removeDo}
      running={removing.running}
      error={removing.error}
      command={commandOf("node.remove", { name })}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{text.nodes.removeAbout}</p>
      {apps.length > 0 && <p>{text.nodes.removeAfter(format.list(apps.map((app) => app.name)))}</p>}
    </ConfirmDialog>
  );
}
