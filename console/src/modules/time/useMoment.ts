/** How an operation is told of a moment: a checkpoint by its number, whose two sides belong together exactly. */
import { useOperation } from "../../api/hooks.ts";
import { useWhere } from "../branch/where.tsx";

/** “#12” where a checkpoint was made at just that time, else the time itself. */
export function useMoment(time: string): string {
  const { ref } = useWhere();
  const log = useOperation("log", { ref });
  const checkpoint = log.data?.find((entry) => entry.kind === "checkpoint" && sameTime(entry.time, time));
  return checkpoint ? `#${checkpoint.id}` : time;
}

function sameTime(a: string, b: string): boolean {
  return Date.parse(a) === Date.parse(b);
}
