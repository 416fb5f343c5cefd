/** Who works in a project, and as what: changes, each taken back by a click. */
import { useFollow } from "../../api/hooks.ts";
import { useToasts } from "../../components/Toasts.tsx";
import { useText } from "../../i18n/text.tsx";
import { type GivenRole, roleWord } from "./roles.ts";

export function useMembership(project: string) {
  const text = useText();
  const toasts = useToasts();
  const setting = useFollow("member.set");
  const removal = useFollow("member.remove");

  const setRole = async (name: string, role: GivenRole, before?: GivenRole) => {
    const done = await setting.start({ ref: project, name, role });
    if (!done) return;
    toasts.show({
      message: text.people.nowHas(done.display_name, roleWord(text, role), project),
      undo: () =>
        void (before ? setting.start({ ref: project, name, role: before }) : removal.start({ ref: project, name })),
    });
  };
  const remove = async (name: string, before: GivenRole) => {
    const done = await removal.start({ ref: project, name });
    if (!done) return;
    toasts.show({
      message: text.people.removedFrom(done.display_name, project),
      undo: () => void setting.start({ ref: project, name, role: before }),
    });
  };
  return { setRole, remove, error: setting.error ?? removal.error };
}
