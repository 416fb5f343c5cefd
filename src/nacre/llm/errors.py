"""The errors of language models: their codes on every surface, and the SQLSTATEs of class LM that they are in SQL."""

import re

from nacre.core import errors
from nacre.core.errors import Conflict, Failed, NacreError, TooOften, Unavailable

INTERNAL = "LM000"
SQLSTATES: dict[str, str] = {
    "no-model": "LM001",
    "no-key": "LM002",
    "key-refused": "LM003",
    "rate-limited": "LM004",
    "context-too-long": "LM005",
    "refused-by-provider": "LM006",
    "provider-timeout": "LM007",
    "budget-spent": "LM008",
    "provider-down": "LM009",
    "bad-answer": "LM010",
    "llm-unreachable": "LM011",
    "model-not-found": "LM012",
    "llm-not-allowed": "LM013",
    "llm-bad-arguments": "LM014",
    "ambiguous-question": "LM015",
    "sql-refused": "LM016",
    "answer-too-large": "LM017",
    "redacted": "LM018",
    "request-not-found": "LM019",
    "redaction-not-found": "LM020",
    "budget-not-found": "LM021",
    "site-not-found": "LM022",
    "site-unreachable": "LM023",
    "model-in-use": "LM024",
    "model-changed": "LM025",
    "pg-llm-newer": "LM026",
}
"""By code; every other error is LM000 in SQL."""

_KINDS: dict[str, type[NacreError]] = {
    "no-model": errors.Conflict,
    "no-key": errors.Conflict,
    "key-refused": errors.Conflict,
    "rate-limited": errors.TooOften,
    "context-too-long": errors.TooLarge,
    "refused-by-provider": errors.Failed,
    "provider-timeout": errors.Unavailable,
    "budget-spent": errors.Conflict,
    "provider-down": errors.Unavailable,
    "bad-answer": errors.Failed,
    "llm-unreachable": errors.Unavailable,
    "model-not-found": errors.NotFound,
    "llm-not-allowed": errors.NotAllowed,
    "llm-bad-arguments": errors.InvalidInput,
    "ambiguous-question": errors.Conflict,
    "sql-refused": errors.NotAllowed,
    "answer-too-large": errors.TooLarge,
    "redacted": errors.NotAllowed,
    "request-not-found": errors.NotFound,
    "redaction-not-found": errors.NotFound,
    "budget-not-found": errors.NotFound,
    "site-not-found": errors.NotFound,
    "site-unreachable": errors.Unavailable,
    "model-in-use": errors.Conflict,
    "model-changed": errors.Conflict,
    "pg-llm-newer": errors.Conflict,
}
_CODES = {sqlstate: code for code, sqlstate in SQLSTATES.items()}
_AFTER = re.compile(r"after (\d+\.\d+) s")
_CANCELLED = "57014"
_UNREACHABLE = ("08001", "08003", "08004", "08006")


class Detailed(Conflict):
    """A conflict with something beside it for programs to go on with, as the question that would settle it."""

    def __init__(self, code: str, message: str, *, hint: str = "", detail: str = "") -> None:
        super().__init__(code, message, hint=hint)
        self.detail = detail


def sqlstate_of(error: NacreError) -> str:
    """The SQLSTATE that SQL sees of an error."""
    return SQLSTATES.get(error.code, INTERNAL)


def detail_of(error: NacreError) -> str:
    """What SQL sees beside it: what programs go on with, or how long a provider wants to be left alone."""
    if isinstance(error, Detailed):
        return error.detail
    wait_s = getattr(error, "retry_after_s", None)
    return "" if wait_s is None else f"To be asked again after {wait_s:.3f} s."


def from_sql(sqlstate: str | None, message: str, *, hint: str = "", detail: str = "") -> NacreError:
    """The error that a SQLSTATE stood for; of any other class than LM it is Failed "llm-internal"."""
    if sqlstate in _UNREACHABLE:
        return Unavailable(
            "llm-unreachable",
            f"The side-car that speaks to models did not answer: {message}",
            hint="It is started again by itself: try once more. `nacre system logs models` tells why it ended.",
        )
    if sqlstate == _CANCELLED:
        return Failed("llm-cancelled", "The call was cancelled: whoever asked has gone, or Nacre is stopping.")
    code = _CODES.get(sqlstate or "")
    if code is None:
        return Failed("llm-internal", message, hint=hint or "`nacre system logs models` has the details.")
    if detail and _KINDS[code] is Conflict:
        return Detailed(code, message, hint=hint, detail=detail)
    if _KINDS[code] is TooOften:
        after = _AFTER.search(detail)
        return TooOften(code, message, hint=hint, wait_s=float(after[1]) if after else 1)
    return _KINDS[code](code, message, hint=hint)
