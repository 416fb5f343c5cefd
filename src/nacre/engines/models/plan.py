"""Which target a call turns to next, when, and when it gives up: decisions only, no waiting and no asking."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from nacre.engines.models.errors import Kind, ModelError
from nacre.engines.models.target import Target

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 8.0
LONGEST_WAIT_S = 60.0
"""In all. Who would have to hold the line for longer is told so instead."""

_FINAL = (Kind.REFUSED,)
_OF_NO_USE_TO_REPEAT = (Kind.NO_KEY, Kind.KEY_REFUSED, Kind.TOO_LONG, Kind.UNKNOWN_MODEL, Kind.TIMEOUT)
_BROKEN_FROM = 500


@dataclass(frozen=True)
class Wait:
    seconds: float


@dataclass
class _Progress:
    target: Target
    tries: int = 0
    not_before: float = float("-inf")
    error: ModelError | None = None
    given_up: bool = False


@dataclass
class Plan:
    """One call's way: first every target once, tier by tier, the equals of a tier in turn; then those again that may
    have been unlucky, each after the time it asked for, or after a pause that doubles.

    A request that is refused for its content ends it: another provider's answer would be a way around the refusal.
    """

    tiers: Sequence[Sequence[Target]]
    rng: random.Random
    _order: list[_Progress] = field(init=False)
    _final: ModelError | None = None
    _waited_s: float = 0.0

    def __post_init__(self) -> None:
        in_turn = [sorted(tier, key=lambda target: target.last_turn) for tier in self.tiers]
        self._order = [_Progress(target) for tier in in_turn for target in tier]

    def step(self, now: float, deadline: float) -> Target | Wait | ModelError:
        """Whom to ask now, how long to wait before, or what to fail with."""
        if self._final is not None:
            return self._final
        if now >= deadline:
            return self._verdict(now)
        open_ones = [each for each in self._order if not each.given_up]
        ready = [each for each in open_ones if each.not_before <= now and each.target.rest_s(now) == 0]
        if ready:
            return min(ready, key=lambda each: each.tries).target
        left_s = min(LONGEST_WAIT_S - self._waited_s, deadline - now)
        waits = [wait_s for each in open_ones if (wait_s := self._wait_s(each, now)) <= left_s]
        if not waits:
            return self._verdict(now)
        # Not all at the same moment, where many wait for one target.
        wait_s = min(min(waits) * self.rng.uniform(1, 1.1), left_s)
        self._waited_s += wait_s
        return Wait(wait_s)

    def failed(self, target: Target, error: ModelError, now: float) -> None:
        progress = next(each for each in self._order if each.target is target)
        progress.tries += 1
        progress.error = error.with_traceback(None)  # which holds the caller's frame, and with it this plan
        if error.kind in _FINAL:
            self._final = error
        if progress.tries >= target.limits.attempts or not _may_succeed_later(error):
            progress.given_up = True
        pause_s = min(FIRST_PAUSE_S * 2 ** (progress.tries - 1), LONGEST_PAUSE_S) * self.rng.uniform(0.5, 1)
        progress.not_before = now + (error.retry_after_s or 0) + pause_s

    def _wait_s(self, progress: _Progress, now: float) -> float:
        breaker_s = progress.target.breaker.rest_s(now)
        if breaker_s:  # nobody waits for an outage to end
            return float("inf")
        return max(progress.not_before - now, progress.target.rest_s(now))

    def _verdict(self, now: float) -> ModelError:
        """The error of the target that came first, which is the one that people named; the others in a few words."""
        first = self._order[0]
        error = first.error or (first.target.resting(now) if first.target.rest_s(now) else _no_time_left())
        others = [f"{each.target.name}: {each.error.kind.value}" for each in self._order[1:] if each.error]
        if not others:
            return error
        return ModelError(
            error.kind,
            f"{error.message} (Tried as well: {', '.join(others)}.)",
            hint=error.hint,
            retry_after_s=error.retry_after_s,
            provider_status=error.provider_status,
        )


def _no_time_left() -> ModelError:
    return ModelError(Kind.TIMEOUT, "There was no time left to ask a model.", hint="Allow the call more time.")


def _may_succeed_later(error: ModelError) -> bool:
    if error.kind in _OF_NO_USE_TO_REPEAT:
        return False
    # An address without an API, or a redirect, stays one; an outage does not.
    return error.kind is not Kind.DOWN or error.provider_status is None or error.provider_status >= _BROKEN_FROM
