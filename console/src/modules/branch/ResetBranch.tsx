/** Put a branch into its parent's present state; can be undone. */
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Progress } from "../../components/Progress.tsx";
import { useText } from "../../i18n/text.tsx";
import { useTravel } from "../time/travel.tsx";
import { useWhere } from "./where.tsx";

export function ResetBranch({ onClose }: { onClose: () => void }) {
  const text = useText();
  const where = useWhere();
  const travel = useTravel();
  const reset = travel.reset;
  return (
    <Dialog
      title={text.branch.resetTitle(where.branch)}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button
            look="primary"
            busy={reset.running}
            onClick={() => void travel.resetBranch(where.ref).then((done) => done && onClose())}
          >
            {text.branch.resetDo}
          </Button>
        </>
      }
    >
      <p>{text.branch.resetAbout}</p>
      {reset.running && <Progress step={reset.step} />}
      {reset.error && <ErrorState error={reset.error} inline />}
      <CommandLine command={commandOf("branch.reset", { ref: where.ref })} />
    </Dialog>
  );
}
