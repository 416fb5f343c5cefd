/** Whether the signed-in person may change things in a project. */
import { useMay } from "../../api/session.ts";

export function useMayWrite(project: string): boolean {
  return useMay()("user", project);
}
