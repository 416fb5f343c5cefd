/** Calls operations of the daemon from the browser: typed by the registry, signed in by the session's cookie. */
import { ApiError, errorOf, unreachable } from "./errors.ts";
import { type InputOf, type OperationName, type OutputOf, operations } from "./operations.ts";
import { requestOf } from "./requests.ts";
import { eventsOf } from "./sse.ts";

export interface Step {
  readonly phase: string;
  readonly done: number | null;
  readonly total: number | null;
}

export interface Output {
  readonly stream: "stdout" | "stderr";
  readonly data: Uint8Array<ArrayBuffer>;
}

/** What a long operation tells on its way. */
export interface Watcher {
  onStep?: (step: Step) => void;
  onOutput?: (output: Output) => void;
  signal?: AbortSignal | undefined;
}

let csrfToken = "";

/** State-changing calls carry this token; the session gives it. */
export function carryCsrfToken(token: string): void {
  csrfToken = token;
}

/** The answer of an operation. Rejects with ApiError. */
export async function call<Name extends OperationName>(
  name: Name,
  input: InputOf<Name>,
  signal?: AbortSignal,
): Promise<OutputOf<Name>> {
  const response = await open(name, input, signal);
  const answer: unknown = operations[name].streams ? await response.blob() : await response.json();
  return answer as OutputOf<Name>;
}

/** The answer of a long operation, which tells how far it is meanwhile. Rejects with ApiError. */
export async function follow<Name extends OperationName>(
  name: Name,
  input: InputOf<Name>,
  watcher: Watcher = {},
): Promise<OutputOf<Name>> {
  const response = await open(name, input, watcher.signal, "text/event-stream");
  if (!response.headers.get("content-type")?.startsWith("text/event-stream") || !response.body) {
    return (await response.json()) as OutputOf<Name>;
  }
  const requestId = response.headers.get("x-request-id");
  try {
    for await (const { event, data } of eventsOf(response.body)) {
      const told: unknown = JSON.parse(data);
      if (event === "progress") watcher.onStep?.(told as Step);
      else if (event === "output") watcher.onOutput?.(outputOf(told as { stream: Output["stream"]; data: string }));
      else if (event === "result") return told as OutputOf<Name>;
      else if (event === "error") throw refusalOf(told as Refusal, requestId);
    }
  } catch (error) {
    throw error instanceof ApiError || isAbort(error) ? error : unreachable(error);
  }
  throw unreachable(new Error("the stream ended without a result"));
}

/** The raw response of an operation. Rejects with ApiError. */
export async function open<Name extends OperationName>(
  name: Name,
  input: InputOf<Name>,
  signal?: AbortSignal,
  accept = operations[name].streams ? "*/*" : "application/json",
): Promise<Response> {
  const { method, url, body } = requestOf(name, input);
  const headers: Record<string, string> = { Accept: accept };
  if (body !== null) {
    headers["Content-Type"] = operations[name].body ? "application/octet-stream" : "application/json";
  }
  return await send(method, url, body, headers, signal);
}

/** Any request to the daemon, with what the session needs. Rejects with ApiError. */
export async function send(
  method: string,
  url: string,
  body: BodyInit | null = null,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
): Promise<Response> {
  const guarded = method === "GET" ? headers : { ...headers, "X-Nacre-CSRF": csrfToken };
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      body,
      headers: guarded,
      credentials: "same-origin",
      cache: "no-store",
      keepalive: method === "DELETE", // what is deleted as the page is left is deleted all the same
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    throw isAbort(error) ? error : unreachable(error);
  }
  if (!response.ok) throw await errorOf(response);
  return response;
}

interface Refusal {
  code: string;
  message: string;
  hint?: string;
  status?: number;
}

function refusalOf(refusal: Refusal, requestId: string | null): ApiError {
  return new ApiError(refusal.code, refusal.message, refusal.hint ?? "", refusal.status ?? 500, requestId);
}

function outputOf(told: { stream: Output["stream"]; data: string }): Output {
  return { stream: told.stream, data: Uint8Array.from(atob(told.data), (letter) => letter.charCodeAt(0)) };
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
