"""The one error of models: which kind of failure it was, why, and what to do next."""

from enum import Enum

from nacre.core.errors import NacreError


class Kind(Enum):
    """What went wrong, as far as it changes what to do about it. The values are stable codes."""

    NO_KEY = "no-key"  # the provider wants a key, and none is configured
    KEY_REFUSED = "key-refused"  # it is wrong, revoked, or the account behind it has no credit
    RATE_LIMITED = "rate-limited"
    TOO_LONG = "context-too-long"
    REFUSED = "refused-by-provider"  # the request or the answer, by its rules
    TIMEOUT = "provider-timeout"
    DOWN = "provider-down"
    BAD_ANSWER = "bad-answer"  # not JSON, not what was asked for, or cut off in the middle
    UNKNOWN_MODEL = "model-not-found"


class ModelError(NacreError):
    """`retry_after_s`: how long the provider says to wait. `provider_status`: the HTTP status it answered with."""

    http_status = 502

    def __init__(
        self,
        kind: Kind,
        message: str,
        *,
        hint: str = "",
        retry_after_s: float | None = None,
        provider_status: int | None = None,
    ) -> None:
        super().__init__(kind.value, message, hint=hint)
        self.kind = kind
        self.retry_after_s = retry_after_s
        self.provider_status = provider_status
