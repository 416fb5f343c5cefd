/** What of the dashboards is looked at, as it stands in their address. */

/** `label` names several by commas. */
export interface Seen {
  kind?: string | undefined;
  label?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
  compare?: "week" | undefined;
}

export function seenIn(search: Record<string, unknown>): Seen {
  return {
    ...Object.fromEntries(
      ["kind", "label", "since", "until"].flatMap((name) =>
        // A name that looks like a number is read as one.
        ["string", "number"].includes(typeof search[name]) ? [[name, String(search[name])]] : [],
      ),
    ),
    ...(search.compare === "week" ? { compare: "week" } : {}),
  };
}
