/** What of the slow queries is looked at, as it stands in their address. */
import { TOPS, type Top } from "../../../modules/statements/statements.ts";

export interface Seen {
  ref?: string;
  by?: Top;
  id?: string;
}

export function seenIn(search: Record<string, unknown>): Seen {
  const by = TOPS.find((each) => each === search.by);
  return {
    ...(typeof search.ref === "string" || typeof search.ref === "number" ? { ref: String(search.ref) } : {}),
    ...(by ? { by } : {}),
    ...(typeof search.id === "string" ? { id: search.id } : {}),
  };
}
