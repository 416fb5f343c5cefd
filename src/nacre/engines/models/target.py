"""One model at one provider, with what holds for all calls to it: places, pace, patience, and a breaker."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from nacre.engines.models.breaker import Breaker
from nacre.engines.models.errors import Kind, ModelError
from nacre.engines.models.gate import Gate
from nacre.engines.models.pace import Pace
from nacre.engines.models.provider import Provider

_SIGNS_OF_AN_OUTAGE = (Kind.DOWN, Kind.TIMEOUT)
FOREVER = float("inf")
_turns = itertools.count()


@dataclass(frozen=True)
class Limits:
    """Of one model. None: without a limit.

    `first_token_s` and `between_tokens_s` hold for streams; `total_s` is what the provider may take for one attempt.
    """

    concurrency: int | None = 256
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    first_token_s: float = 60
    between_tokens_s: float = 60
    total_s: float = 300
    attempts: int = 3


class Target:
    """`name` is what people call it, `model` what the provider does. Kept for as long as its configuration is."""

    def __init__(self, name: str, model: str, provider: Provider, limits: Limits = Limits()) -> None:
        self.name = name
        self.model = model
        self.provider = provider
        self.limits = limits
        self.gate = Gate(limits.concurrency)
        self.breaker = Breaker()
        self.last_turn = -1
        self._requests = Pace(limits.requests_per_minute)
        self._tokens = Pace(limits.tokens_per_minute)
        self._told_to_wait_until = float("-inf")

    def rest_s(self, now: float) -> float:
        """How long it is to be left alone, because it is down or said when to come back; 0: it may be asked."""
        return max(self._told_to_wait_until - now, self.breaker.rest_s(now), 0)

    @asynccontextmanager
    async def turn(self, who: str, tokens: int, deadline: float) -> AsyncIterator[Callable[[int], None]]:
        """A place to ask from, when there is one and the pace allows it; what comes of it is learned from.

        The value is to be called with the tokens that were used. Raises ModelError RATE_LIMITED where the pace would
        let nobody through before the deadline, TIMEOUT where no place came free until then.
        """
        async with self._placed(who, deadline):
            settle = await self._paced(tokens, deadline)
            loop = asyncio.get_running_loop()
            if self.breaker.rest_s(loop.time()):  # an outage that began while this call waited
                raise self.resting(loop.time())
            self.last_turn = next(_turns)
            self.breaker.begin(loop.time())
            try:
                yield settle
            except ModelError as error:
                self._learn(error, loop.time(), deadline)
                raise
            except BaseException:
                self.breaker.abandoned()
                raise
            self.breaker.succeeded(loop.time())

    def resting(self, now: float) -> ModelError:
        """Why it is not asked now."""
        rest_s = self.rest_s(now)
        kind = Kind.DOWN if self.breaker.rest_s(now) else Kind.RATE_LIMITED
        why = "failed again and again" if kind is Kind.DOWN else "was asked too often"
        return ModelError(
            kind,
            f"“{self.name}” {why}, and is left alone for {rest_s:.0f} s more.",
            hint="Wait, or add a model to fall back to.",
            retry_after_s=rest_s,
        )

    def _learn(self, error: ModelError, now: float, deadline: float) -> None:
        if error.kind is Kind.RATE_LIMITED and error.retry_after_s is not None:
            self._told_to_wait_until = now + error.retry_after_s
        if error.kind in (Kind.RATE_LIMITED, Kind.BAD_ANSWER) or now >= deadline:
            self.breaker.abandoned()  # that the caller had no more time says nothing about the provider
        elif error.kind in _SIGNS_OF_AN_OUTAGE:
            self.breaker.failed(now)
        else:
            self.breaker.succeeded(now)  # it answers, if only to refuse

    @asynccontextmanager
    async def _placed(self, who: str, deadline: float) -> AsyncIterator[None]:
        place = self.gate.place(who)
        try:
            async with asyncio.timeout_at(deadline if deadline < FOREVER else None):
                await place.__aenter__()
        except TimeoutError as error:
            raise ModelError(
                Kind.RATE_LIMITED,
                f"“{self.name}” is busy: {self.limits.concurrency} calls at a time, and {self.gate.waiting} waiting.",
                hint="Wait, raise its concurrency, or add another model beside it.",
            ) from error
        try:
            yield
        finally:
            await place.__aexit__(None, None, None)

    async def _paced(self, tokens: int, deadline: float) -> Callable[[int], None]:
        now = asyncio.get_running_loop().time()
        shares = [self._requests.reserve(1, now), self._tokens.reserve(tokens, now)]
        at = max(share.at for share in shares)
        try:
            if at > max(deadline, now):
                raise ModelError(
                    Kind.RATE_LIMITED,
                    f"“{self.name}” has used up what it may in this minute.",
                    hint="Wait, or raise its requests or tokens per minute.",
                    retry_after_s=at - now,
                )
            if at > now:
                await asyncio.sleep(at - now)
        except BaseException:
            for share in shares:
                share.amount = 0
            raise

        def settle(used: int) -> None:
            shares[1].amount = used

        return settle
