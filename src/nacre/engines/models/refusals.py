"""What a provider's refusal means: its status, headers and error document, read into one ModelError."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from nacre.core.clock import system_clock
from nacre.engines.models.errors import Kind, ModelError

_LONGEST_MESSAGE = 500
_SHORTEST_KEY = 8
"""What is shorter is none that keeps anybody out, as the “EMPTY” of services that want some key, and as a letter or a
word it stands in every message."""
_TOO_LONG = re.compile(
    r"context.?length|context.?window|maximum context|prompt is too long|too many (input )?tokens|input length|"
    r"(exceed|larger|longer)[^.]{0,60}(token|context)|输入.{0,6}过长|超出.{0,12}(长度|上限)",
    re.IGNORECASE,
)
_NO_CREDIT = re.compile(
    r"insufficient.{0,8}(quota|balance|credit|fund)|exceeded.{0,12}quota|arrear|overdue|credit balance|out of credit|"
    r"billing.{0,6}(hard limit|not active)|余额|欠费",
    re.IGNORECASE,
)
_BY_RULES = re.compile(
    r"content.?(filter|policy|management)|data_inspection|inappropriate|sensitive|safety|moderation|敏感|违规",
    re.IGNORECASE,
)
_A_MODEL = re.compile(r"model|模型", re.IGNORECASE)
_KEY_LIKE = re.compile(r"\b(sk|pk|key)-[\w*.-]{6,}")


class Refusals:
    """Reads refusals of the provider called `name`; `key` never shows in what it says."""

    def __init__(self, name: str, key: str, clock: Callable[[], datetime] = system_clock) -> None:
        self._name = name
        self._key = key
        self._clock = clock

    def read(self, status: int, headers: Mapping[str, str], body: bytes) -> ModelError:
        said, code = _said(body)
        kind, message, hint = self._judge(status, headers, said, code)
        return ModelError(
            kind,
            self.clean(message),
            hint=hint,
            retry_after_s=_retry_after_s(headers, self._clock()),
            provider_status=status,
        )

    def within(self, document: Mapping[str, Any]) -> ModelError:
        """An error that came inside a stream, after the status was sent."""
        error = document.get("error")
        name = str(error.get("type", "")) if isinstance(error, Mapping) else ""
        return self.read(_STATUS_OF.get(name, 500), {}, json.dumps(document).encode())

    def clean(self, text: str) -> str:
        """Without the key, also where the provider repeats it, and not too long."""
        if len(self._key) >= _SHORTEST_KEY:
            text = text.replace(self._key, "[the key]")
        return _KEY_LIKE.sub("[a key]", text)[:_LONGEST_MESSAGE]

    def _judge(self, status: int, headers: Mapping[str, str], said: str, code: str) -> tuple[Kind, str, str]:
        name, told = self._name, f": {said}" if said else "."
        both = f"{code} {said}"
        if 300 <= status < 400:
            place = headers.get("location", "elsewhere")
            return (
                Kind.DOWN,
                f"{name} redirects to {place}, which is not followed: the key would go along.",
                "Set the base URL to where it leads, if you trust that.",
            )
        if status == 402 or (status in (400, 403, 429) and _NO_CREDIT.search(both) and not _TOO_LONG.search(both)):
            return (
                Kind.KEY_REFUSED,
                f"The account at {name} has no credit left{told}",
                "Top up the account, or use another model.",
            )
        if status == 401 and not self._key:
            return Kind.NO_KEY, f"{name} wants a key, and none is configured.", "Add the model again with its key."
        if status in (400, 403, 422) and _BY_RULES.search(both):
            return Kind.REFUSED, f"{name} refuses this content{told}", "Word it differently, or use another model."
        if status in (401, 403):
            return (
                Kind.KEY_REFUSED,
                f"{name} does not accept the key{told}",
                "Is it right, and not revoked? Set it anew.",
            )
        if status == 413 or (status in (400, 422, 500) and _TOO_LONG.search(both)):
            return (
                Kind.TOO_LONG,
                f"The prompt is longer than the model takes{told}",
                "Send less, or use a model with a larger context.",
            )
        if status == 404:
            if _A_MODEL.search(both):
                return Kind.UNKNOWN_MODEL, f"{name} has no such model{told}", "Ask for the list of its models."
            return (
                Kind.DOWN,
                f"{name} has nothing at this address{told}",
                "Is the base URL right? It often ends in /v1.",
            )
        if status == 429:
            return (
                Kind.RATE_LIMITED,
                f"{name} was asked too often{told}",
                "Wait, ask less at a time, or add another model.",
            )
        if status == 408:
            return Kind.TIMEOUT, f"{name} gave up waiting{told}", "Try again."
        if status >= 500:
            return (
                Kind.DOWN,
                f"{name} has trouble (status {status}){told}",
                "Try again, or add a model to fall back to.",
            )
        return (
            Kind.REFUSED,
            f"{name} refuses the request (status {status}){told}",
            "Change what it names, and ask again.",
        )


_STATUS_OF = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "timeout_error": 504,
    "overloaded_error": 529,
}


def _said(body: bytes) -> tuple[str, str]:
    """The sentence and the code of an error document, in any of the forms that are about."""
    try:
        document = json.loads(body)
    except ValueError:
        return " ".join(re.sub(r"<[^>]*>", " ", body[:2000].decode(errors="replace")).split())[:200], ""
    if not isinstance(document, dict):
        return str(document)[:200], ""
    error = document.get("error", document)
    if not isinstance(error, dict):
        return str(error), ""
    said = error.get("message") or error.get("detail") or error.get("msg") or ""
    return (said if isinstance(said, str) else json.dumps(said)), f"{error.get('type', '')} {error.get('code', '')}"


def _retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """RFC 9110, section 10.2.3: seconds, or a date; some send milliseconds besides."""
    try:
        if "retry-after-ms" in headers:
            return max(float(headers["retry-after-ms"]) / 1000, 0)
        told = headers["retry-after"]
    except (KeyError, ValueError):
        return None
    try:
        return max(float(told), 0)
    except ValueError:
        pass
    try:
        at = parsedate_to_datetime(told)
    except ValueError:
        return None
    return max((at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds(), 0)
