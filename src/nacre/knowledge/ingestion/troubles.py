"""What an error means for a document that waits, and for those behind it. Pure.

What is the document's own fault fails it. What may pass is tried again: a document's own timeouts a few times, and
where the provider as a whole does not answer, all of the collection waits, each time longer. What only a person can
mend stops the collection, or that person's share of it, until it is resumed.
"""

from dataclasses import dataclass
from enum import Enum

from nacre.core.errors import NacreError, TooOften

MOST_ATTEMPTS = 5
_FIRST_PAUSE_S = 10.0
_LONGEST_PAUSE_S = 900.0


class Trouble(Enum):
    DOCUMENT = "the document fails"
    ATTEMPT = "the document is tried again"
    PROVIDER = "the collection waits"
    COLLECTION = "the collection stops"
    PERSON = "the person's documents stop"


_TROUBLES = {
    "provider-timeout": Trouble.ATTEMPT,
    "bad-answer": Trouble.ATTEMPT,
    "rate-limited": Trouble.PROVIDER,
    "provider-down": Trouble.PROVIDER,
    "llm-unreachable": Trouble.PROVIDER,
    "llm-internal": Trouble.ATTEMPT,
    "llm-cancelled": Trouble.ATTEMPT,
    "no-model": Trouble.COLLECTION,
    "no-key": Trouble.COLLECTION,
    "key-refused": Trouble.COLLECTION,
    "model-not-found": Trouble.COLLECTION,
    "model-changed": Trouble.COLLECTION,
    "budget-spent": Trouble.PERSON,
    "llm-not-allowed": Trouble.PERSON,
}
"""By the codes of llm/errors.py; any other error is the document's own."""


@dataclass(frozen=True)
class Tried:
    """What becomes of a document: it fails for good, or is tried again after `pause_s`."""

    fails: bool
    pause_s: float


def trouble_of(error: NacreError) -> Trouble:
    return _TROUBLES.get(error.code, Trouble.DOCUMENT)


def tried(attempts: int) -> Tried:
    """After so many attempts."""
    return Tried(attempts >= MOST_ATTEMPTS, pause_s(attempts))


def pause_s(times: int, error: NacreError | None = None) -> float:
    """How long to wait after so many failures in a row: twice as long each time, and not less than a provider said."""
    said_s: float = error.wait_s if isinstance(error, TooOften) else 0.0
    return max(said_s, min(_FIRST_PAUSE_S * 2.0 ** min(times - 1, 30), _LONGEST_PAUSE_S))
