/** What goes wrong between the console and the daemon, as the daemon's own sentences where it said any. */

/** A refusal or failure: `code` is stable, `message` says what and why, `hint` what to do next. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly code: string,
    message: string,
    readonly hint: string,
    readonly status: number,
    readonly requestId: string | null,
    readonly retryAfterS: number | null = null,
  ) {
    super(message);
  }
}

/** The code of an ApiError that stands for “no answer came at all”. */
export const UNREACHABLE = "unreachable";

export function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}

/** The error that a failed answer carries: the daemon's document, or the bare status when something else answered. */
export async function errorOf(response: Response): Promise<ApiError> {
  const requestId = response.headers.get("x-request-id");
  const retryAfter = Number(response.headers.get("retry-after"));
  const retryAfterS = Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : null;
  const facts = documentOf(await response.text());
  return new ApiError(
    facts?.code ?? `http-${response.status}`,
    facts?.message ?? `${response.status} ${response.statusText}`.trim(),
    facts?.hint ?? "",
    response.status,
    requestId,
    retryAfterS,
  );
}

export function unreachable(cause: unknown): ApiError {
  const error = new ApiError(UNREACHABLE, cause instanceof Error ? cause.message : String(cause), "", 0, null);
  error.cause = cause;
  return error;
}

interface ErrorFacts {
  code: string;
  message: string;
  hint?: string;
}

function documentOf(text: string): ErrorFacts | null {
  try {
    const document: unknown = JSON.parse(text);
    const facts = (document as { error?: unknown } | null)?.error;
    return typeof facts === "object" && facts !== null && "code" in facts ? (facts as ErrorFacts) : null;
  } catch {
    return null;
  }
}
