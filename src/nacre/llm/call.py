"""One call on its way through the desk: what is asked of which models, what it may cost, and what is told of it."""

import time
from dataclasses import dataclass, field
from typing import Any

from nacre.engines.models.provider import ChatRequest, Usage
from nacre.engines.models.tokens import estimate_tokens
from nacre.llm.caching.answers import key_of
from nacre.llm.caching.meanings import Meaning, setting_of
from nacre.llm.ledger.budgets import Reservation
from nacre.llm.ledger.ledger import Entry
from nacre.llm.ledger.prices import Cost
from nacre.llm.models.reach import Way


@dataclass(eq=False)
class Call:
    """`repeats`: whether an earlier answer serves as well; `began` by the monotonic clock."""

    entry: Entry
    way: Way
    request: ChatRequest
    repeats: bool = False
    began: float = field(default_factory=time.monotonic)
    meaning: Meaning | None = None
    reservation: Reservation | None = None
    cost: Cost = field(default_factory=lambda: Cost(0, 0, 0))

    def __post_init__(self) -> None:
        self.key = self._key() if self.repeats else None

    def spent_s(self) -> float:
        return time.monotonic() - self.began

    def setting(self) -> bytes:
        """What an answer to a prompt that only means the same depends on: it is the caller's own, for what is only
        alike may hold what others may not read.
        """
        caller = self.entry.caller
        whose = (caller.scope, caller.role, caller.person)
        return setting_of((whose, self.way.models, self.request.messages[:-1], _settings(self.request)))

    def guess(self, text: str) -> Usage:
        """What an answer of which the provider says nothing took."""
        return Usage(self.cost.input_tokens, estimate_tokens(text), estimated=True)

    def price(self) -> int:
        """What its usage costs with the model that answered, in billionths of a dollar."""
        answering = next((model for model in self.way.models if model.name == self.entry.model), self.way.models[0])
        return answering.cost(self.entry.usage.input_tokens, self.entry.usage.output_tokens)

    def _key(self) -> bytes:
        targets = [(model.provider, model.model, model.base_url) for model in self.way.models]
        messages = [(message.role, message.content) for message in self.request.messages]
        return key_of(self.entry.caller.sharing, targets, messages, _settings(self.request))


def _settings(request: ChatRequest) -> dict[str, Any]:
    """All but the messages that an answer depends on."""
    return {
        "temperature": request.temperature,
        "max_tokens": request.max_tokens,
        "schema": request.schema,
        "stop": request.stop,
        "seed": request.seed,
        "extra": request.extra,
    }
