/** What a line holds beside its text: the fields of JSON, or name=value. Pure. */

export interface Field {
  readonly name: string;
  readonly value: string;
}

const MOST = 60;
const TIME = /^\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: UTC|Z|[+-]\d\d:?\d\d)?\]?\s+/;
/** What stands in the columns before the text. */
const BESIDE: ReadonlySet<string> = new Set(["ts", "time", "timestamp", "at", "level"]);
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

/** What a person reads first, and what else the line holds. */
export interface Told {
  readonly message: string;
  readonly rest: string;
}

/** The message of a JSON line, where it has one, before its other fields; no time that stands beside it already. */
export function told(text: string): Told {
  if (!text.startsWith("{")) return { message: text.replace(TIME, "") || text, rest: "" };
  const read = parsed(text);
  const found = read && (spoken(read) ?? requested(read) ?? done(read));
  if (!found?.message) return { message: text, rest: "" };
  const rest = flat(read ?? {}, "").filter(({ name }) => !BESIDE.has(name) && !found.of.has(name));
  return { message: found.message, rest: rest.map(({ name, value }) => `${name}=${quoted(value)}`).join(" ") };
}

/** A message, and the names of the fields that it is made of. */
interface Message {
  readonly message: string;
  readonly of: ReadonlySet<string>;
}

function spoken(read: Record<string, unknown>): Message | undefined {
  const name = ["event", "msg", "message", "error"].find((each) => typeof read[each] === "string");
  return name === undefined ? undefined : { message: String(read[name]), of: new Set([name]) };
}

/** What the gateway was asked, and how it was answered. */
function requested(read: Record<string, unknown>): Message | undefined {
  const asked = read.request;
  if (typeof asked !== "object" || asked === null || !("method" in asked) || !("uri" in asked)) return undefined;
  const host = "host" in asked ? asked.host : "";
  const took = typeof read.duration === "number" ? ` · ${milliseconds(read.duration)} ms` : "";
  return {
    message: `${read.status} ${asked.method} ${host}${asked.uri}${took}`,
    of: new Set(["status", "duration", "request.method", "request.host", "request.uri"]),
  };
}

function milliseconds(seconds: number): string {
  const took = seconds * 1000;
  return took < 10 ? took.toFixed(1) : took.toFixed(0);
}

/** An entry of the audit: who did what to what, and what came of it. */
function done({ who, operation, outcome, project, branch, code }: Record<string, unknown>): Message | undefined {
  if (typeof operation !== "string" || typeof outcome !== "string") return undefined;
  const what = project ? ` ${project}${branch ? `:${branch}` : ""}` : "";
  return {
    message: `${operation}${what} ${outcome}${code ? ` (${code})` : ""} · ${who}`,
    of: new Set(["who", "operation", "outcome", "project", "branch", "code"]),
  };
}

function quoted(value: string): string {
  return /[\s"=]/.test(value) || value === "" ? JSON.stringify(value) : value;
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
