/** Removing a model: with its key it cannot be had back, so its name is asked for; a chain comes back by Undo. */
import { useFollow } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { useText } from "../../i18n/text.tsx";
import { isChain, type Model } from "../../modules/models/models.ts";
import { additionOf } from "./addition.ts";

export function RemoveModel({ model, onClose }: { model: Model; onClose: () => void }) {
  const text = useText();
  const toasts = useToasts();
  const removing = useFollow("llm.model.remove");
  const adding = useFollow("llm.model.add");
  const input = { name: model.name };
  const confirm = async () => {
    if (!(await removing.start(input))) return;
    toasts.show({
      message: text.models.remove.removed(model.name),
      ...(model.has_key ? {} : { undo: () => void adding.start(additionOf(model)) }),
    });
    onClose();
  };
  return (
    <ConfirmDialog
      title={text.models.remove.title(model.name)}
      {...(model.has_key ? { name: model.name } : {})}
      action={text.common.remove}
      running={removing.running}
      error={removing.error}
      command={commandOf("llm.model.remove", input)}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>
        {text.models.remove.about} {model.has_key && !isChain(model) && text.models.remove.keyGone}
      </p>
    </ConfirmDialog>
  );
}
