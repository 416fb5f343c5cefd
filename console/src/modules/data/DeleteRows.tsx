/** Delete rows by primary key, all or none; how they can be had back is said before. */
import { useFollow } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { useText } from "../../i18n/text.tsx";
import { useWhere } from "../branch/where.tsx";

interface Props {
  readonly table: string;
  readonly keys: readonly Record<string, unknown>[];
  readonly versions: readonly string[] | null;
  readonly onClose: () => void;
  readonly onDone: () => Promise<void>;
}

export function DeleteRows({ table, keys, versions, onClose, onDone }: Props) {
  const text = useText();
  const toasts = useToasts();
  const { ref } = useWhere();
  const deleting = useFollow("row.delete");
  const input = { ref, table, keys: [...keys] };

  const confirm = async () => {
    const done = await deleting.start({ ...input, versions: versions === null ? null : [...versions] });
    if (!done) return;
    toasts.show({ message: text.data.rowsDeleted(done.rows_deleted, table) });
    await onDone();
    onClose();
  };
  return (
    <ConfirmDialog
      title={text.data.deleteRowsTitle(keys.length, table)}
      action={text.data.deleteRows(keys.length)}
      running={deleting.running}
      error={deleting.error}
      command={commandOf("row.delete", input)}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{text.data.deleteRowsAbout}</p>
    </ConfirmDialog>
  );
}
