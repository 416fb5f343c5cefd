/** Deleting a project, for which there is no undo: its name has to be typed. */
import { useFollow } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { useText } from "../../i18n/text.tsx";

export function DeleteProject({ project, onClose }: { project: string; onClose: () => void }) {
  const text = useText();
  const toasts = useToasts();
  const deletion = useFollow("project.delete");

  const confirm = async () => {
    const began = performance.now();
    if (!(await deletion.start({ ref: project }))) return;
    toasts.show({ message: text.projects.deleted(project), tookMs: performance.now() - began });
    onClose();
  };

  return (
    <ConfirmDialog
      title={text.projects.deleteTitle(project)}
      name={project}
      action={text.common.delete}
      running={deletion.running}
      step={deletion.step}
      error={deletion.error}
      command={commandOf("project.delete", { ref: project })}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{text.projects.deleteBody}</p>
    </ConfirmDialog>
  );
}
