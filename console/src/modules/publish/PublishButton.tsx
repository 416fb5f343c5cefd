/** One press publishes the branch that one looks at. */
import { Button } from "../../components/Button.tsx";
import { useText } from "../../i18n/text.tsx";
import { useWhere } from "../branch/where.tsx";
import { appNameFor } from "./apps.ts";
import { usePublishing } from "./PublishProvider.tsx";

export function PublishButton({ size = "normal", label }: { size?: "small" | "normal"; label?: string }) {
  const text = useText();
  const { ref, writable, at } = useWhere();
  const { runs, publish } = usePublishing();
  const running = runs.some((run) => run.ref === ref && run.endedAtMs === null);
  return (
    <Button
      look="primary"
      size={size}
      icon="publish"
      busy={running}
      disabled={!writable}
      title={at === null ? text.publish.branch(ref) : text.publish.notInPast}
      onClick={() => void publish({ ref }, appNameFor(ref))}
    >
      {label ?? text.publish.title}
    </Button>
  );
}
