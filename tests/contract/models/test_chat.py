"""Whichever the provider: it answers, streams, fails with the right error, and lets go of its connection at once."""

import asyncio
import time
from contextlib import aclosing

import pytest
from tests.contract.models.conftest import KEY
from tests.provider import BROKEN, KEY_REFUSED, FakeProvider, Fault

from nacre.engines.models.catalogue import Catalogue
from nacre.engines.models.errors import Kind, ModelError
from nacre.engines.models.provider import ChatRequest, Config, Message, Piece, Provider

ASKED = ChatRequest("fake-large", (Message("system", "Be brief."), Message("user", "What is the capital of France?")))
AT_ONCE_S = 0.1

FAULTS = [
    (Fault("status", status=429, retry_after=7), Kind.RATE_LIMITED),
    (KEY_REFUSED, Kind.KEY_REFUSED),
    (Fault("status", status=403), Kind.KEY_REFUSED),
    (BROKEN, Kind.DOWN),
    (Fault("status", status=529), Kind.DOWN),
    (Fault("too-long"), Kind.TOO_LONG),
    (Fault("content-filter"), Kind.REFUSED),
    (Fault("no-credit"), Kind.KEY_REFUSED),
    (Fault("truncate"), Kind.BAD_ANSWER),
    (Fault("bad-json"), Kind.BAD_ANSWER),
    (Fault("wrong-type"), Kind.BAD_ANSWER),
    (Fault("redirect"), Kind.DOWN),
]


@pytest.fixture(autouse=True)
def paris(fake: FakeProvider) -> None:
    fake.answer("capital of France", "Paris, on the Seine.")


async def test_it_answers_and_counts(provider: Provider) -> None:
    completion = await provider.chat(ASKED)
    assert (completion.text, completion.finish) == ("Paris, on the Seine.", "stop")
    assert (completion.usage.input_tokens, completion.usage.output_tokens) == (8, 4)
    assert not completion.usage.estimated


async def test_a_limit_of_tokens_shows_in_the_finish(provider: Provider) -> None:
    request = ChatRequest("fake-large", ASKED.messages, max_tokens=2)
    completion = await provider.chat(request)
    assert (completion.text, completion.finish) == ("Paris, on", "length")
    assert (await _all(provider, request))[-1].finish == "length"


async def test_pieces_come_as_the_provider_says_them(provider: Provider, fake: FakeProvider) -> None:
    fake.tokens_per_s = 20
    begun, first_s = time.monotonic(), None
    pieces = []
    async for piece in provider.stream(ASKED):
        first_s = first_s or (time.monotonic() - begun if piece.text else None)
        pieces.append(piece)
    assert "".join(piece.text for piece in pieces) == "Paris, on the Seine."
    assert first_s is not None and first_s < (time.monotonic() - begun) / 2
    last = pieces[-1]
    assert last.finish == "stop" and last.usage is not None and last.usage.output_tokens == 4


@pytest.mark.parametrize(("fault", "kind"), FAULTS, ids=lambda value: getattr(value, "kind", None) or value.name)
async def test_a_fault_is_an_error_of_its_kind(
    provider: Provider, fake: FakeProvider, fault: Fault, kind: Kind
) -> None:
    fake.script(fault, fault)
    with pytest.raises(ModelError) as whole:
        await provider.chat(ASKED)
    with pytest.raises(ModelError) as streamed:
        await _all(provider, ASKED)
    for failed in (whole, streamed):
        assert failed.value.kind is kind
        assert failed.value.message and failed.value.hint
        assert KEY not in f"{failed.value.message} {failed.value.hint} {failed.value.args}"
    if fault.retry_after:
        assert whole.value.retry_after_s == fault.retry_after
    assert (await provider.chat(ASKED)).text == "Paris, on the Seine.", "and the next call is answered"


async def test_a_date_to_retry_after_is_understood(provider: Provider, fake: FakeProvider) -> None:
    fake.script(Fault("status", status=429, retry_after="date"))
    with pytest.raises(ModelError) as failed:
        await provider.chat(ASKED)
    assert failed.value.retry_after_s is not None and 27 < failed.value.retry_after_s <= 30


async def test_a_wrong_key_is_told_without_it(fake: FakeProvider, provider: Provider) -> None:
    fake.keys = {"another"}
    with pytest.raises(ModelError) as failed:
        await provider.chat(ASKED)
    assert failed.value.kind is Kind.KEY_REFUSED
    assert KEY not in failed.value.message


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("fault", [Fault("stall"), Fault("stall-midway")], ids=lambda fault: fault.kind)
async def test_a_cancelled_call_closes_its_connection_at_once(
    provider: Provider, fake: FakeProvider, until, fault: Fault, streamed: bool
) -> None:
    fake.script(fault)
    call = asyncio.create_task(_all(provider, ASKED) if streamed else _chat(provider))
    await until(lambda: fake.requests == 1)
    cancelled_at = time.monotonic()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await until(lambda: fake.closed_by_client == 1)
    assert fake.last_closed_at is not None and fake.last_closed_at - cancelled_at < AT_ONCE_S


async def test_who_stops_listening_closes_the_connection(provider: Provider, fake: FakeProvider, until) -> None:
    fake.tokens_per_s = 20
    async with aclosing(provider.stream(ASKED)) as pieces:
        async for piece in pieces:
            if piece.text:
                break
    await until(lambda: fake.closed_by_client == 1)


async def test_connections_are_kept_and_used_again(provider: Provider, fake: FakeProvider) -> None:
    for _ in range(3):
        await provider.chat(ASKED)
        await _all(provider, ASKED)
    assert (fake.connections, fake.open_connections) == (1, 1)


async def test_one_that_closed_its_idle_connections_is_asked_again(provider: Provider, fake: FakeProvider) -> None:
    await provider.chat(ASKED)
    await fake.stop()
    with pytest.raises(ModelError) as failed:
        await provider.chat(ASKED)
    assert failed.value.kind is Kind.DOWN
    await fake.start()
    assert (await provider.chat(ASKED)).text == "Paris, on the Seine."


SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


async def test_a_schema_is_followed(provider: Provider, fake: FakeProvider) -> None:
    fake.answer("capital of France", {"city": "Paris"})
    request = ChatRequest("fake-large", ASKED.messages, schema=SCHEMA)
    assert (await provider.chat(request)).text == '{"city": "Paris"}'
    assert "".join(piece.text for piece in await _all(provider, request)) == '{"city": "Paris"}'


@pytest.mark.parametrize(
    ("name", "structured"),
    [(name, way) for name in ("openai", "anthropic") for way in ("json_schema", "json_object", "tool", "none")
     if (name, way) not in {("openai", "tool"), ("anthropic", "json_object")}],
)  # fmt: skip
async def test_every_way_to_a_schema_tells_it(fake: FakeProvider, name: str, structured: str) -> None:
    fake.answer("capital of France", {"city": "Paris"})
    base_url = fake.url if name == "anthropic" else fake.base_url
    provider = Catalogue().open(name, Config(base_url, KEY, {"structured": structured}))
    for schema in (SCHEMA, {"type": "array", "items": SCHEMA}):
        await provider.chat(ChatRequest("fake-large", ASKED.messages, schema=schema))
        asked = fake.asked[-1]
        assert (asked.schema == schema) or '"city"' in asked.prompt
    await provider.close()


async def test_what_is_limited_cannot_be_talked_away(provider: Provider, fake: FakeProvider) -> None:
    extra = {"model": "dearer", "messages": [], "max_tokens": 9, "top_k": 3}
    request = ChatRequest("fake-large", ASKED.messages, max_tokens=2, extra=extra)
    assert (await provider.chat(request)).text == "Paris, on"
    assert (fake.asked[-1].body["model"], fake.asked[-1].body["top_k"]) == ("fake-large", 3)


async def test_it_lists_its_models_and_says_which_it_has_not(provider: Provider) -> None:
    assert await provider.models() == ["fake-large", "fake-small"]
    with pytest.raises(ModelError) as failed:
        await provider.chat(ChatRequest("missing", ASKED.messages))
    assert failed.value.kind is Kind.UNKNOWN_MODEL


async def _all(provider: Provider, request: ChatRequest) -> list[Piece]:
    return [piece async for piece in provider.stream(request)]


async def _chat(provider: Provider) -> list[Piece]:
    return [Piece((await provider.chat(ASKED)).text)]
