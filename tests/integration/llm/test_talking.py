"""Talking with a model by way of the desk: what is answered, what is kept, and what it costs."""

from tests.integration.llm.conftest import OWNER, at_branch, call, stream
from tests.provider import FakeProvider

from nacre.llm.desk import Desk


async def test_a_prompt_is_answered_paid_and_written_down(desk: Desk, provider: FakeProvider) -> None:
    provider.answer("capital of France", "Paris")

    said = await call(desk, at_branch(), "chat", prompt="What is the capital of France?")

    assert (said["text"], said["model"], said["cached"]) == ("Paris", "fake", False)
    assert provider.asked[-1].key == "the-key"
    traced = await call(desk, at_branch(), "trace", request_id=said["request_id"])
    assert (traced["outcome"], traced["role"], traced["site"], traced["answer"]) == (
        "done",
        "ann",
        "shop:main",
        "Paris",
    )
    assert traced["cost_usd"] == said["cost_usd"] > 0
    (spent,) = await call(desk, OWNER, "usage", by=["site"])
    assert (spent["site"], spent["calls"], spent["cost_usd"]) == ("shop:main", 1, said["cost_usd"])


async def test_what_is_asked_again_is_answered_from_the_cache(desk: Desk, provider: FakeProvider) -> None:
    first = await call(desk, at_branch(), "chat", prompt="hi")
    again = await call(desk, at_branch("shop:try"), "chat", prompt="hi")
    elsewhere = await call(desk, at_branch("bank:main"), "chat", prompt="hi")

    assert (first["cached"], again["cached"], again["cost_usd"], again["text"]) == (False, True, 0, first["text"])
    assert not elsewhere["cached"], "another project's answers are not told"
    assert provider.requests == 2


async def test_a_stream_comes_in_pieces_and_ends_with_the_whole(desk: Desk, provider: FakeProvider) -> None:
    provider.answer("count", "one two three")

    rows = [row async for row in stream(desk, at_branch(), "chat_stream", prompt="count")]

    assert "".join(row.get("text", "") for row in rows) == "one two three"
    assert rows[-1]["done"]["text"] == "one two three"
    assert len(rows) > 2
