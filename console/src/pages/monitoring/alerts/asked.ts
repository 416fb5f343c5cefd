/** What of the alert centre is looked at, as it stands in its addresses. */

/** Which alert is looked at. */
export interface Asked {
  rule?: string;
  label?: string;
  kind?: string;
}

export function askedIn(search: Record<string, unknown>): Asked {
  return Object.fromEntries(
    ["rule", "label", "kind"].flatMap((name) => {
      const value = search[name];
      return typeof value === "string" || typeof value === "number" ? [[name, String(value)]] : [];
    }),
  );
}
