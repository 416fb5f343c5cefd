/** Tells what draining does before it does it; undone from the toast. */
import { commandOf } from "../../../api/requests.ts";
import { ConfirmDialog } from "../../../components/ConfirmDialog.tsx";
import { useFormat, useText } from "../../../i18n/text.tsx";
import type { Node } from "../../../modules/nodes/nodes.ts";
import { useDraining } from "../../../modules/nodes/useDraining.ts";
import type { App } from "../../../modules/publish/apps.ts";

interface Props {
  readonly node: Node;
  readonly apps: readonly App[];
  /** Where these may go. */
  readonly takers: readonly Node[];
  readonly onClose: () => void;
}

export function DrainNode({ node, apps, takers, onClose }: Props) {
  const text = useText();
  const format = useFormat();
  const { draining, drain } = useDraining();
  const names = apps.map(({ name }) => name);
  const whatLeaves =
    takers.length === 0
      ? text.nodes.drainStays
      : node.lost_since === null
        ? text.nodes.drainMoves
        : text.nodes.drainLost;
  const confirm = async () => {
    if (await drain(node.name, names)) onClose();
  };
  return (
    <ConfirmDialog
      title={text.nodes.drainTitle(node.name)}
      action={text.nodes.drainDo}
      running={draining.running}
      error={draining.error}
      command={commandOf("node.drain", { name: node.name })}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{text.nodes.drainAbout}</p>
      {names.length > 0 && <p>{whatLeaves(format.list(names))}</p>}
    </ConfirmDialog>
  );
}
