"""Whom a call asks, whatever the targets answer: nobody too often or too early, everybody once, and never for ever."""

import random

from hypothesis import given
from hypothesis import strategies as st

from nacre.engines.models.breaker import FIRST_REST_S
from nacre.engines.models.errors import Kind, ModelError
from nacre.engines.models.minilm import Local
from nacre.engines.models.plan import LONGEST_WAIT_S, Plan, Wait
from nacre.engines.models.target import Limits, Target

KINDS = st.sampled_from([kind for kind in Kind if kind is not Kind.REFUSED])
FAILURES = st.builds(
    ModelError,
    KINDS,
    st.just("It did not work."),
    retry_after_s=st.none() | st.floats(0, 200),
    provider_status=st.none() | st.sampled_from([307, 404, 500, 503]),
)
TIERS = st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=3), min_size=1, max_size=3)


@given(TIERS, st.lists(FAILURES, min_size=60, max_size=60), st.floats(0.1, 500), st.integers())
def test_a_call_that_always_fails_ends_fairly(
    attempts: list[list[int]], failures: list[ModelError], within_s: float, seed: int
) -> None:
    tiers = [[_target(f"{tier}{at}", tries) for at, tries in enumerate(row)] for tier, row in enumerate(attempts)]
    plan, now, asked = Plan(tiers, random.Random(seed)), 0.0, list[Target]()
    not_before: dict[str, float] = {}
    for failure in failures:
        match plan.step(now, within_s):
            case Wait(seconds):
                assert seconds > 0
                now += seconds
                assert now <= min(within_s, LONGEST_WAIT_S) + 1e-6, "nothing else takes time here"
            case ModelError() as error:
                assert error.kind is not Kind.REFUSED
                break
            case target:
                assert now >= not_before.get(target.name, 0)
                asked.append(target)
                not_before[target.name] = now + (failure.retry_after_s or 0)
                plan.failed(target, failure, now)
    else:
        raise AssertionError("it never ended")
    everyone = [target for tier in tiers for target in tier]
    assert asked[: len(everyone)] == everyone, "each once, tier by tier, before any is asked again"
    assert all(asked.count(target) <= target.limits.attempts for target in everyone)


@given(TIERS, st.integers(0, 5))
def test_a_refusal_is_final(attempts: list[list[int]], before: int) -> None:
    tiers = [[_target(f"{tier}{at}", tries) for at, tries in enumerate(row)] for tier, row in enumerate(attempts)]
    plan = Plan(tiers, random.Random(1))
    refusal = ModelError(Kind.REFUSED, "No.")
    for turn in range(before + 1):
        target = plan.step(0, 10)
        if not isinstance(target, Target):
            return
        plan.failed(target, refusal if turn == before else ModelError(Kind.DOWN, "Down."), 0)
    assert plan.step(0, 10) is refusal


def test_equals_take_turns_and_the_first_error_is_told() -> None:
    a, b, spare = _target("a", 1), _target("b", 1), _target("spare", 1)
    a.last_turn, b.last_turn = 7, 3
    plan = Plan([[a, b], [spare]], random.Random(1))
    for expected, kind in ((b, Kind.DOWN), (a, Kind.RATE_LIMITED), (spare, Kind.NO_KEY)):
        assert plan.step(0, 10) is expected
        plan.failed(expected, ModelError(kind, f"{expected.name} failed."), 0)
    verdict = plan.step(0, 10)
    assert isinstance(verdict, ModelError) and verdict.kind is Kind.DOWN
    assert verdict.message == "b failed. (Tried as well: a: rate-limited, spare: no-key.)"


def test_nobody_waits_for_an_outage_to_end() -> None:
    target = _target("a", 3)
    for now in range(5):
        target.breaker.failed(now)
    verdict = Plan([[target]], random.Random(1)).step(4, 1000)
    assert isinstance(verdict, ModelError) and verdict.kind is Kind.DOWN and verdict.retry_after_s == FIRST_REST_S
    assert Plan([[target]], random.Random(1)).step(4 + FIRST_REST_S, 1000) is target, "then one call probes"


def test_who_is_always_sent_away_by_others_limits_does_not_wait_for_ever() -> None:
    target, now = _target("a", 3), 0.0
    plan = Plan([[target]], random.Random(1))
    while True:
        target._told_to_wait_until = now + 1  # another call was told so
        match plan.step(now, float("inf")):
            case Wait(seconds):
                now += seconds
            case verdict:
                break
    assert isinstance(verdict, ModelError) and verdict.kind is Kind.RATE_LIMITED
    assert now <= LONGEST_WAIT_S


def _target(name: str, attempts: int) -> Target:
    return Target(name, name, Local(), Limits(attempts=attempts))
