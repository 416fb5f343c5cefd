/** What a line holds beside its text: the fields of JSON, or name=value. Pure. */

export interface Field {
  readonly name: string;
  readonly value: string;
}

const MOST = 60;
const TIME = /^\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: UTC|Z|[+-]\d\d:?\d\d)?\]?\s+/;
const PAIR = /(?:^|[\s,{([])([A-Za-z_@][\w@.-]*)=("(?:[^"\\]|\\.)*"|[^\s,})\]]+)/g;

export function fieldsOf(text: string): readonly Field[] {
  return (inJson(text) ?? inPairs(text)).slice(0, MOST);
}

/** The number of the request that a line is of; the gateway's own lines call it otherwise. */
export function requestOf({ source, text }: { source: string; text: string }): string | undefined {
  const gateway = source === "nacre.access" || source.startsWith("requests.");
  return fieldsOf(text).find(({ name }) => (gateway ? name === "uuid" : /^(request|request_id|requestId)$/.test(name)))
    ?.value;
}

/** What a person reads first: the message of a JSON line, where it has one, and no time that stands beside it already. */
export function messageOf(text: string): string {
  if (!text.startsWith("{")) return text.replace(TIME, "") || text;
  const read = parsed(text);
  if (!read) return text;
  const found = ["event", "msg", "message", "error"]
    .map((name) => read[name])
    .find((value) => typeof value === "string");
  const message = found === undefined ? (requested(read) ?? done(read)) : String(found);
  return message ? `${message}  ${text}` : text;
}

/** What the gateway was asked, and how it was answered: its line begins with what nobody reads. */
function requested(read: Record<string, unknown>): string | undefined {
  const asked = read.request;
  if (typeof asked !== "object" || asked === null || !("method" in asked) || !("uri" in asked)) return undefined;
  const host = "host" in asked ? asked.host : "";
  return `${read.status} ${asked.method} ${host}${asked.uri}`;
}

/** An entry of the audit: who did what to what, and what came of it. */
function done({ who, operation, outcome, project, branch, code }: Record<string, unknown>): string | undefined {
  if (typeof operation !== "string" || typeof outcome !== "string") return undefined;
  const what = project ? ` ${project}${branch ? `:${branch}` : ""}` : "";
  return `${operation}${what} ${outcome}${code ? ` (${code})` : ""} · ${who}`;
}

function inJson(text: string): Field[] | null {
  const read = text.startsWith("{") ? parsed(text) : null;
  return read && flat(read, "");
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === "object" && read !== null && !Array.isArray(read) ? (read as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function flat(read: object, before: string): Field[] {
  return Object.entries(read).flatMap(([name, value]) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? flat(value, `${before}${name}.`)
      : [{ name: before + name, value: typeof value === "string" ? value : JSON.stringify(value) }],
  );
}

function inPairs(text: string): Field[] {
  return [...text.matchAll(PAIR)].map(([, name = "", value = ""]) => ({
    name,
    value: value.startsWith('"') ? value.slice(1, -1).replace(/\\(["\\])/g, "$1") : value,
  }));
}
