/** Deleting a collection, for which there is no undo: its name has to be typed. */
import { useFollow } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { useText } from "../../i18n/text.tsx";
import type { Collection } from "../../modules/knowledge/collections.ts";

interface Props {
  readonly collection: Pick<Collection, "name" | "documents">;
  readonly onClose: () => void;
  readonly onGone?: () => void;
}

export function DeleteCollection({ collection, onClose, onGone }: Props) {
  const text = useText();
  const toasts = useToasts();
  const deletion = useFollow("knowledge.collection.delete");
  const { name, documents } = collection;
  const confirm = async () => {
    const began = performance.now();
    if (!(await deletion.start({ collection: name }))) return;
    toasts.show({ message: text.knowledge.deleted(name), tookMs: performance.now() - began });
    onClose();
    onGone?.();
  };
  return (
    <ConfirmDialog
      title={text.knowledge.deleteTitle(name)}
      name={name}
      action={text.common.delete}
      running={deletion.running}
      error={deletion.error}
      command={commandOf("knowledge.collection.delete", { collection: name })}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      {documents > 0 && <p>{text.knowledge.deleteBody(documents)}</p>}
    </ConfirmDialog>
  );
}
