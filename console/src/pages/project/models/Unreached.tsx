/** What a branch's database refused; where it has no pg_llm yet, the way to have it. */
import type { ApiError } from "../../../api/errors.ts";
import { useFollow } from "../../../api/hooks.ts";
import { commandOf } from "../../../api/requests.ts";
import { Button } from "../../../components/Button.tsx";
import { CommandLine } from "../../../components/CommandLine.tsx";
import { EmptyState } from "../../../components/EmptyState.tsx";
import { ErrorState } from "../../../components/ErrorState.tsx";
import { Progress } from "../../../components/Progress.tsx";
import { useToasts } from "../../../components/Toasts.tsx";
import { useText } from "../../../i18n/text.tsx";
import { useWhere } from "../../../modules/branch/where.tsx";

interface Props {
  readonly error: ApiError;
  readonly onRetry?: () => void;
  readonly inline?: boolean;
}

export function Unreached({ error, onRetry, inline = false }: Props) {
  const text = useText();
  const toasts = useToasts();
  const { ref, writable } = useWhere();
  const installing = useFollow("llm.enable");
  if (error.code !== "pg-llm-missing") return <ErrorState error={error} inline={inline} onRetry={onRetry} />;
  const install = async () => {
    if (await installing.start({ ref })) toasts.show({ message: text.database.enabled });
  };
  return (
    <EmptyState
      icon="models"
      title={text.database.notEnabled}
      action={
        writable && (
          <Button look="primary" busy={installing.running} onClick={() => void install()}>
            {text.database.enable}
          </Button>
        )
      }
    >
      <p>{text.database.notEnabledAbout}</p>
      {installing.running && <Progress step={installing.step} />}
      {installing.error && <ErrorState error={installing.error} inline />}
      <CommandLine command={commandOf("llm.enable", { ref })} />
    </EmptyState>
  );
}
