/** Whether the window is as narrow as a phone: then panes become tabs of one column. */
import { useSyncExternalStore } from "react";

const query = matchMedia("(max-width: 760px)");

export function useNarrow(): boolean {
  return useSyncExternalStore(
    (changed) => {
      query.addEventListener("change", changed);
      return () => query.removeEventListener("change", changed);
    },
    () => query.matches,
  );
}
