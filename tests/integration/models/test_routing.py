"""Routes over real connections: falling back, turns, patience, pace, and what is closed when somebody leaves."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import AsyncExitStack, aclosing

import pytest
from tests.provider import BROKEN, KEY_REFUSED, FakeProvider, Fault

from nacre.engines.models.connection import Connection
from nacre.engines.models.errors import Kind, ModelError
from nacre.engines.models.openai import OpenAICompatible
from nacre.engines.models.plan import Plan
from nacre.engines.models.provider import ChatRequest, Config, Message
from nacre.engines.models.routing import Route
from nacre.engines.models.target import Limits, Target

ASKED = ChatRequest("", (Message("user", "Who are you?"),))
SOON = Limits(first_token_s=0.3, between_tokens_s=0.3, total_s=0.6)


class Place:
    """Two fake providers that say who they are, and targets on them."""

    def __init__(self, stack: AsyncExitStack, one: FakeProvider, two: FakeProvider) -> None:
        self.one, self.two = one, two
        self._stack = stack
        for name, fake in (("one", one), ("two", two)):
            fake.answer("Who", f"I am {name}, who else?")

    def target(self, fake: FakeProvider, limits: Limits = Limits(), name: str = "") -> Target:  # noqa: B008 (frozen)
        provider = OpenAICompatible(Config(fake.base_url))
        self._stack.push_async_callback(provider.close)
        return Target(name or ("one" if fake is self.one else "two"), "fake-large", provider, limits)


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(FakeProvider())
        two = await stack.enter_async_context(FakeProvider())
        yield Place(stack, one, two)


FAILS_OVER = [
    BROKEN, KEY_REFUSED, Fault("too-long"), Fault("no-credit"), Fault("truncate"), Fault("bad-json"),
    Fault("wrong-type"), Fault("reset"), Fault("stall"),
]  # fmt: skip


@pytest.mark.parametrize("fault", FAILS_OVER, ids=lambda fault: f"{fault.kind}-{fault.status}")
async def test_another_model_answers_for_one_that_fails(place: Place, fault: Fault) -> None:
    route = Route([[place.target(place.one, SOON)], [place.target(place.two)]])
    for _ in range(2):
        place.one.fault_for = lambda asked: fault
        completion, target = await route.chat(ASKED)
        assert (completion.text, target.name) == ("I am two, who else?", "two")
    # In a stream as well, for as long as nothing was said.
    early = Fault(fault.kind, fault.status, after=0)
    place.one.fault_for = lambda asked: early
    assert await _streamed(route) == ("I am two, who else?", {"two"})


@pytest.mark.parametrize(
    "fault", [BROKEN, Fault("truncate"), Fault("reset"), Fault("stall")], ids=lambda fault: fault.kind
)
async def test_what_fails_leaves_nothing_to_the_garbage_collector(place: Place, until, fault: Fault) -> None:
    """Circles lie about until there are tens of thousands of them, and memory comes apart into pieces meanwhile."""
    place.one.fault_for = lambda asked: fault
    gc.collect()
    gc.disable()
    try:
        alone, saved = (
            Route([[place.target(place.one, SOON)]]),
            Route([[place.target(place.one, SOON)], [place.target(place.two)]]),
        )
        assert await _failed(alone.chat(ASKED))
        assert await _failed(_streamed(alone))
        assert not await _failed(saved.chat(ASKED))
        await until(lambda: not _there_are(Plan, ModelError))
        await until(lambda: len(_there_are(Connection)) <= place.one.open_connections + place.two.open_connections)
    finally:
        gc.enable()


async def test_a_refusal_is_not_taken_to_another(place: Place) -> None:
    place.one.script(Fault("content-filter"))
    with pytest.raises(ModelError) as failed:
        await Route([[place.target(place.one)], [place.target(place.two)]]).chat(ASKED)
    assert failed.value.kind is Kind.REFUSED
    assert place.two.requests == 0


@pytest.mark.parametrize(
    ("fault", "kind"), [(Fault("truncate"), Kind.BAD_ANSWER), (Fault("stall-midway"), Kind.TIMEOUT)],
    ids=["truncate", "stall"],
)  # fmt: skip
async def test_once_it_speaks_there_is_no_falling_back(place: Place, until, fault: Fault, kind: Kind) -> None:
    place.one.script(fault)
    said = []
    with pytest.raises(ModelError) as failed:
        async for piece, _ in Route([[place.target(place.one, SOON)], [place.target(place.two)]]).stream(ASKED):
            said.append(piece.text)
    assert (said, failed.value.kind) == (["I", " am"], kind)
    assert place.two.requests == 0
    await until(lambda: place.one.open_connections == 0)


async def test_equals_take_turns(place: Place) -> None:
    route = Route([[place.target(place.one), place.target(place.two)]])
    for _ in range(6):
        await route.chat(ASKED)
    assert (place.one.requests, place.two.requests) == (3, 3)


async def test_it_is_asked_again_after_the_time_it_asked_for(place: Place) -> None:
    place.one.script(Fault("status", status=429, retry_after=0.4), Fault("reset"), None)
    begun = time.monotonic()
    completion, _ = await Route([[place.target(place.one)]]).chat(ASKED)
    assert completion.text == "I am one, who else?"
    assert time.monotonic() - begun >= 0.4
    first, second, third = (asked.at for asked in place.one.asked)
    assert second - first >= 0.4 and third > second


async def test_who_has_no_time_to_wait_is_told_at_once(place: Place) -> None:
    place.one.script(Fault("status", status=429, retry_after=30))
    begun = time.monotonic()
    with pytest.raises(ModelError) as failed:
        await Route([[place.target(place.one)]]).chat(ASKED, within_s=5)
    assert (failed.value.kind, failed.value.retry_after_s) == (Kind.RATE_LIMITED, 30)
    with pytest.raises(ModelError) as again:
        await Route([[place.target(place.one, name="other")]]).chat(ASKED, within_s=0)
    assert again.value.kind is Kind.TIMEOUT
    assert time.monotonic() - begun < 2


async def test_what_the_caller_has_left_bounds_it_all(place: Place, until) -> None:
    target = place.target(place.one)
    for _ in range(6):
        place.one.script(Fault("stall"))
        begun = time.monotonic()
        with pytest.raises(ModelError) as failed:
            await Route([[target]]).chat(ASKED, within_s=0.2)
        assert failed.value.kind is Kind.TIMEOUT and time.monotonic() - begun < 0.5
    assert target.breaker.state == "closed", "that callers are in a hurry says nothing about the provider"
    await until(lambda: place.one.open_connections == 0)


async def test_an_outage_is_noticed_and_its_end_as_well(place: Place, until) -> None:
    target = place.target(place.one, Limits(attempts=1))
    route = Route([[target]])
    await place.one.stop()
    failures = await asyncio.gather(*(route.chat(ASKED) for _ in range(5)), return_exceptions=True)
    assert {failed.kind for failed in failures if isinstance(failed, ModelError)} == {Kind.DOWN}
    assert target.breaker.state == "open"
    begun = time.monotonic()
    with pytest.raises(ModelError) as left_alone:
        await route.chat(ASKED)
    assert "left alone" in left_alone.value.message and time.monotonic() - begun < 0.1
    await place.one.start()
    await until(lambda: target.rest_s(asyncio.get_running_loop().time()) == 0)
    assert (await route.chat(ASKED))[0].text == "I am one, who else?"
    assert target.breaker.state == "closed"


async def test_no_more_at_a_time_than_its_places(place: Place) -> None:
    place.one.latency_s = 0.05
    most = 0

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, place.one.open_connections)
            await asyncio.sleep(0.005)

    watching = asyncio.create_task(watch())
    route = Route([[place.target(place.one, Limits(concurrency=4))]])
    await asyncio.gather(*(route.chat(ASKED, who=str(at % 3)) for at in range(20)))
    watching.cancel()
    assert most == 4 and place.one.requests == 20


async def test_a_pace_that_is_used_up_is_told_with_the_time_to_wait(place: Place) -> None:
    route = Route([[place.target(place.one, Limits(requests_per_minute=2))]])
    await asyncio.gather(route.chat(ASKED), route.chat(ASKED))
    with pytest.raises(ModelError) as failed:
        await route.chat(ASKED, within_s=1)
    assert failed.value.kind is Kind.RATE_LIMITED
    assert failed.value.retry_after_s is not None and 50 < failed.value.retry_after_s <= 60


async def test_whoever_leaves_frees_the_place_and_the_connection(place: Place, until) -> None:
    target = place.target(place.one, Limits(concurrency=1))
    route = Route([[target]])
    place.one.tokens_per_s = 5
    async with aclosing(route.stream(ASKED)) as pieces:
        await anext(pieces)
        waiting = asyncio.create_task(route.chat(ASKED))
        await until(lambda: target.gate.waiting == 1)
        waiting.cancel()
        await asyncio.wait([waiting])
    await until(lambda: place.one.closed_by_client == 1)
    assert (target.gate.inside, target.gate.waiting) == (0, 0)
    place.one.forget()
    assert (await route.chat(ASKED))[0].text == "You said: Who are you?"


async def test_embeddings_fall_back_as_well(place: Place) -> None:
    place.one.script(BROKEN)
    route = Route([[place.target(place.one)], [place.target(place.two)]])
    vectors, target = await route.embed(["a", "b"])
    assert (len(vectors), target.name) == (2, "two")


async def _streamed(route: Route) -> tuple[str, set[str]]:
    pieces: Sequence[tuple[str, str]] = [(piece.text, target.name) async for piece, target in route.stream(ASKED)]
    return "".join(text for text, _ in pieces), {name for _, name in pieces}


async def _failed(asking: Awaitable[object]) -> bool:
    try:
        await asking
    except ModelError:
        return True
    return False


def _there_are(*kinds: type) -> list[object]:
    return [each for each in gc.get_objects() if isinstance(each, kinds)]
