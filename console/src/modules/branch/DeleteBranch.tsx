/** Delete a branch with its history: the one thing here that cannot be undone, so its name is asked for. */
import { useFollow } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { useText } from "../../i18n/text.tsx";
import { MAIN, useWhere } from "./where.tsx";

export function DeleteBranch({ onClose }: { onClose: () => void }) {
  const text = useText();
  const where = useWhere();
  const toasts = useToasts();
  const deleting = useFollow("branch.delete");

  const confirm = async () => {
    const removed = await deleting.start({ ref: where.ref });
    if (!removed) return;
    toasts.show({ message: text.branch.deleted(where.branch), tookMs: removed.seconds * 1000 });
    onClose();
    where.goTo({ branch: MAIN, at: null });
  };
  return (
    <ConfirmDialog
      title={text.branch.deleteTitle(where.branch)}
      name={where.branch}
      action={text.common.delete}
      running={deleting.running}
      step={deleting.step}
      error={deleting.error}
      command={commandOf("branch.delete", { ref: where.ref })}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{text.branch.deleteAbout}</p>
    </ConfirmDialog>
  );
}
