/** From an operation and its input to a request, and to the command line that does the same. Pure. */
import { type Facts, type InputOf, type OperationName, operations } from "./operations.ts";

export interface Request {
  readonly method: string;
  readonly url: string;
  readonly body: string | Blob | Uint8Array<ArrayBuffer> | null;
}

type Values = Readonly<Record<string, unknown>>;

/** Fields named in the path go there; the rest into the JSON body, or the query where there is none. */
export function requestOf<Name extends OperationName>(name: Name, input: InputOf<Name>): Request {
  const facts: Facts = operations[name];
  const rest = new Map(Object.entries(input as Values).filter(([, value]) => value !== undefined));
  const path = facts.path.replace(/\{(\w+)\}/g, (_, field: string) => {
    const value = rest.get(field);
    rest.delete(field);
    return encodeURIComponent(String(value)).replaceAll("%3A", ":");
  });
  if (facts.body) {
    const body = rest.get(facts.body) as Blob | Uint8Array<ArrayBuffer>;
    rest.delete(facts.body);
    return { method: facts.method, url: path + queryOf(rest), body };
  }
  const bare = facts.method === "GET" || facts.method === "DELETE";
  if (bare) return { method: facts.method, url: path + queryOf(rest), body: null };
  return { method: facts.method, url: path, body: JSON.stringify(Object.fromEntries(rest)) };
}

/** `nacre branch create shop try-x --at 10m`: what a person would type, quoted for a shell. */
export function commandOf<Name extends OperationName>(name: Name, input: Partial<InputOf<Name>>): string {
  const facts: Facts = operations[name];
  const values = input as Values;
  const places = facts.positionals.flatMap((field) => listed(values[field] ?? `<${field}>`).map(quoted));
  const options = Object.entries(values)
    .filter(([field]) => !facts.positionals.includes(field))
    .flatMap(([field, value]) => optionOf(field, value));
  return ["nacre", ...facts.words, ...places, ...options].join(" ");
}

function queryOf(values: ReadonlyMap<string, unknown>): string {
  const query = new URLSearchParams();
  for (const [name, value] of values) {
    for (const one of listed(value)) if (one !== null) query.append(name, String(one));
  }
  const text = query.toString();
  return text && `?${text}`;
}

function optionOf(field: string, value: unknown): string[] {
  const name = `--${field.replaceAll("_", "-")}`;
  if (value === undefined || value === null || value === false || value === "") return [];
  if (value === true) return [name];
  return listed(value).flatMap((one) => [name, quoted(one)]);
}

function listed(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function quoted(value: unknown): string {
  const text = typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
  return /^[\w@%+=:,./<>-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
