"""The small rules around calls to models: places, pace, outages, events cut anywhere, and what a refusal means."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.engines.models.breaker import FIRST_REST_S, LONGEST_REST_S, QUIET_S, Breaker
from nacre.engines.models.errors import Kind
from nacre.engines.models.gate import Gate
from nacre.engines.models.pace import WINDOW_S, Pace
from nacre.engines.models.refusals import Refusals
from nacre.engines.models.schemas import is_strict
from nacre.engines.models.sse import Event, EventParser
from nacre.engines.models.tokens import estimate_tokens

NOW = datetime(2026, 1, 31, 10, 42, tzinfo=UTC)
KEY = "sk-secret-0123456789"


@given(st.integers(1, 50), st.lists(st.tuples(st.integers(0, 60), st.floats(0, 40)), max_size=60))
def test_no_minute_holds_more_than_its_pace(limit: int, calls: list[tuple[int, float]]) -> None:
    pace, now, shares = Pace(limit), 0.0, []
    for amount, later_s in calls:
        now += later_s
        share = pace.reserve(amount, now)
        assert share.at >= now
        shares.append(share)
    assert [share.at for share in shares] == sorted(share.at for share in shares), "in the order in which they came"
    for share in shares:
        minute = [each.amount for each in shares if share.at - WINDOW_S + 1e-6 < each.at <= share.at]
        assert sum(minute) <= limit or [amount for amount in minute if amount] == [share.amount] or share.amount == 0


def test_a_share_given_back_is_free_for_others() -> None:
    pace = Pace(10)
    pace.reserve(10, 0).amount = 2
    assert pace.reserve(8, 1).at == 1
    assert pace.reserve(1, 2).at == pytest.approx(60)


@given(st.integers(1, 3), st.lists(st.sampled_from("abc"), min_size=1, max_size=12), st.data())
def test_places_are_never_exceeded_and_none_is_lost(limit: int, parties: list[str], data: st.DataObject) -> None:
    async def crowd() -> None:
        gate, inside = Gate(limit), dict[asyncio.Task[None], asyncio.Event]()

        async def call(who: str) -> None:
            async with gate.place(who):
                me = asyncio.current_task()
                assert me is not None
                inside[me] = asyncio.Event()
                try:
                    await inside[me].wait()
                finally:
                    del inside[me]

        calls = [asyncio.create_task(call(who)) for who in parties]
        while calls:
            for _ in range(3):
                await asyncio.sleep(0)
            assert len(inside) == gate.inside == min(limit, len(calls))
            assert gate.waiting == len(calls) - gate.inside
            leaving = data.draw(st.lists(st.sampled_from(calls), min_size=1, max_size=3, unique=True))
            for task in leaving:
                if task in inside and data.draw(st.booleans()):
                    inside[task].set()
                else:
                    task.cancel()
            await asyncio.gather(*leaving, return_exceptions=True)
            calls = [task for task in calls if task not in leaving]
        assert (gate.inside, gate.waiting) == (0, 0)

    asyncio.run(crowd())


async def test_a_crowd_does_not_keep_out_another_partys_one() -> None:
    gate, served = Gate(1), list[str]()

    async def call(who: str) -> None:
        async with gate.place(who):
            served.append(who)
            await asyncio.sleep(0)

    await asyncio.gather(*(call(who) for who in "aaaaab"))
    assert served.index("b") <= 2


@given(st.lists(st.tuples(st.floats(0, 20), st.sampled_from(["call", "works", "fails", "neither"])), max_size=80))
def test_a_breaker_opens_only_in_an_outage_and_always_probes_again(steps: list[tuple[float, str]]) -> None:
    breaker, now, last_success, in_a_row = Breaker(), 0.0, float("-inf"), 0
    for later_s, what in steps:
        now += later_s
        was_open = breaker.state != "closed"
        if what == "call" and breaker.rest_s(now) == 0:
            breaker.begin(now)
            assert not was_open or breaker.rest_s(now) >= FIRST_REST_S, "one probe at a time"
        elif what == "works":
            breaker.succeeded(now)
            last_success, in_a_row = now, 0
            assert breaker.rest_s(now) == 0
        elif what == "fails":
            breaker.failed(now)
            in_a_row += 1
            if breaker.state == "open" and not was_open:
                assert in_a_row >= 5 and now - last_success >= QUIET_S
        else:
            breaker.abandoned()
        assert breaker.rest_s(now) <= LONGEST_REST_S
    if breaker.state == "open":
        assert breaker.rest_s(now + LONGEST_REST_S) == 0


@given(
    st.lists(
        st.tuples(st.sampled_from(["", "ping", "delta"]), st.lists(st.text("ab:é中 ", max_size=6), min_size=1)),
        max_size=6,
    ),
    st.data(),
)
def test_events_are_the_same_wherever_the_bytes_are_cut(
    events: list[tuple[str, list[str]]], data: st.DataObject
) -> None:
    end = data.draw(st.sampled_from(["\n", "\r\n"]))
    text = f": a comment{end}{end}"
    for name, lines in events:
        text += f"event: {name}{end}" if name else ""
        text += "".join(f"data: {line}{end}" for line in lines) + end
    stream = text.encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    parser, found = EventParser(), list[Event]()
    for begin, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += parser.feed(stream[begin:stop])
    assert found == [Event(name or "message", "\n".join(lines)) for name, lines in events]
    assert parser.unfinished_bytes == 0


@pytest.mark.parametrize(
    ("status", "code", "said", "kind"),
    [
        (400, "context_length_exceeded", "This model's maximum context length is 8192 tokens.", Kind.TOO_LONG),
        (400, "InvalidParameter", "Range of input length should be [1, 30720]", Kind.TOO_LONG),
        (400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum", Kind.TOO_LONG),
        (413, "request_too_large", "too large", Kind.TOO_LONG),
        (400, "data_inspection_failed", "Input data may contain inappropriate content.", Kind.REFUSED),
        (400, "", "Unknown parameter: 'temprature'.", Kind.REFUSED),
        (401, "invalid_api_key", f"Incorrect API key provided: {KEY}", Kind.KEY_REFUSED),
        (402, "", "Insufficient Balance", Kind.KEY_REFUSED),
        (400, "invalid_request_error", "Your credit balance is too low to access the API", Kind.KEY_REFUSED),
        (403, "", "You have insufficient permissions for this operation.", Kind.KEY_REFUSED),
        (403, "", "Country, region, or territory not supported", Kind.KEY_REFUSED),
        (429, "insufficient_quota", "You exceeded your current quota", Kind.KEY_REFUSED),
        (429, "1113", "账户余额不足", Kind.KEY_REFUSED),
        (429, "", "Rate limit reached for gpt-5 on tokens per min", Kind.RATE_LIMITED),
        (404, "", "model 'llama9' not found, try pulling it first", Kind.UNKNOWN_MODEL),
        (404, "", "Not Found", Kind.DOWN),
        (529, "overloaded_error", "Overloaded", Kind.DOWN),
    ],
)
@pytest.mark.parametrize("form", ["nested", "flat", "text"])
def test_a_refusal_is_read_for_what_it_is(status: int, code: str, said: str, kind: Kind, form: str) -> None:
    document: dict[str, object] = {"error": {"message": said, "type": code, "code": code}}
    if form == "flat":
        document = {"code": code, "message": said}
    elif form == "text":
        document = {"error": f"{code} {said}"}
    error = Refusals("Somebody", KEY, lambda: NOW).read(status, {}, json.dumps(document).encode())
    assert error.kind is kind
    assert error.provider_status == status
    assert KEY not in error.message and error.hint


def test_what_is_too_short_for_a_key_spoils_no_message() -> None:
    said = Refusals("Somebody", "e", lambda: NOW).read(503, {}, b'{"error": {"message": "We are full here."}}')
    assert "We are full here." in said.message


def test_an_account_without_credit_is_not_taken_for_a_key_without_rights() -> None:
    refusals = Refusals("Somebody", KEY, lambda: NOW)
    said = refusals.read(403, {}, b'{"error": {"message": "You have insufficient permissions for this operation."}}')
    assert "does not accept the key" in said.message
    said = refusals.read(402, {}, b'{"error": {"message": "Insufficient Balance"}}')
    assert "no credit left" in said.message


def test_a_page_instead_of_a_document_is_told_as_text() -> None:
    error = Refusals("Somebody", KEY, lambda: NOW).read(502, {}, b"<html><h1>Bad gateway</h1></html>")
    assert (error.kind, error.message) == (Kind.DOWN, "Somebody has trouble (status 502): Bad gateway")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, 90),
        ({"retry-after": format_datetime(NOW - timedelta(seconds=90), usegmt=True)}, 0),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_the_time_to_come_back_is_understood(headers: dict[str, str], seconds: float | None) -> None:
    assert Refusals("Somebody", "", lambda: NOW).read(429, headers, b"{}").retry_after_s == seconds


def test_a_schema_is_strict_only_if_every_object_in_it_is() -> None:
    inner = {
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "required": ["a"],
        "additionalProperties": False,
    }
    outer = {"type": "object", "properties": {"list": {"type": "array", "items": inner}}, "required": ["list"]}
    assert is_strict(inner) and not is_strict(outer)
    assert is_strict(outer | {"additionalProperties": False})
    assert not is_strict({**inner, "required": []})


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("hello", 2), ("a" * 400, 100), ("你好世界", 3)])
def test_tokens_are_guessed_by_the_kind_of_letters(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens
