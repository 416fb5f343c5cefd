"""Talking with a model by way of the desk: what is answered, what is kept, and what it costs."""

import asyncio
import json
import shutil
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import apsw
import pytest
from tests.integration.llm.conftest import OWNER, at_branch, call, configured, stream
from tests.provider import KEY_REFUSED, FakeProvider, Fault

from nacre.core.clock import system_clock
from nacre.core.errors import NacreError
from nacre.core.secrets import SecretBox
from nacre.engines.models.connections import Connections
from nacre.engines.models.errors import ModelError
from nacre.llm.desk import Desk
from nacre.llm.errors import sqlstate_of
from nacre.llm.opening import open_desk


async def test_a_prompt_is_answered_paid_and_written_down(desk: Desk, provider: FakeProvider) -> None:
    provider.answer("capital of France", "Paris")

    said = await call(desk, at_branch(), "chat", prompt="What is the capital of France?")

    assert (said["text"], said["model"], said["cached"]) == ("Paris", "fake", False)
    assert UUID(said["request_id"]).version == 7
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


async def test_who_asks_the_same_meanwhile_shares_one_call(desk: Desk, provider: FakeProvider) -> None:
    provider.latency_s = 0.1
    said = await asyncio.gather(*(call(desk, at_branch(role=f"r{n}"), "chat", prompt="hi") for n in range(20)))

    assert provider.requests == 1
    assert len({one["text"] for one in said}) == 1
    assert sum(one["cost_usd"] > 0 for one in said) == 1, "it is paid once"


async def test_when_who_leads_is_cancelled_another_one_asks(desk: Desk, provider: FakeProvider, until: Any) -> None:
    provider.script(Fault("stall"), None)
    leads = asyncio.create_task(call(desk, at_branch(), "chat", prompt="hi"))
    await until(lambda: provider.requests == 1)
    follows = asyncio.create_task(call(desk, at_branch(role="bob"), "chat", prompt="hi"))
    await asyncio.sleep(0)

    leads.cancel()

    assert (await follows)["text"] == "You said: hi"
    await until(lambda: provider.closed_by_client == 1)
    outcomes = {row["role"]: row["outcome"] for row in await call(desk, at_branch(), "audit")}
    assert outcomes == {"ann": "cancelled", "bob": "done"}


async def test_a_failure_is_told_by_its_code_and_costs_nothing(desk: Desk, provider: FakeProvider) -> None:
    provider.fault_for = lambda asked: KEY_REFUSED
    with pytest.raises(NacreError) as refused:
        await call(desk, at_branch(), "chat", prompt="hi")
    assert (refused.value.code, sqlstate_of(refused.value)) == ("key-refused", "LM003")
    (row,) = await call(desk, at_branch(), "audit")
    assert (row["outcome"], row["error"], row["cost_usd"]) == ("failed", "key-refused", 0)


async def test_a_key_is_changed_for_the_next_call_and_shown_to_nobody(desk: Desk, provider: FakeProvider) -> None:
    await call(desk, at_branch(), "chat", prompt="one")
    provider.keys = {"another"}
    with pytest.raises(NacreError) as revoked:
        await call(desk, at_branch(), "chat", prompt="two")
    assert revoked.value.code == "key-refused"

    await call(desk, OWNER, "add_model", name="fake", provider="openai", model="fake-large", key="another",
               base_url=provider.base_url, options={"local": False})  # fmt: skip

    assert (await call(desk, at_branch(), "chat", prompt="two"))["text"] == "You said: two"
    assert "another" not in json.dumps(await call(desk, OWNER, "models"))
    stored = json.dumps(desk.store.read("SELECT * FROM model"))
    assert "another" not in stored and "the-key" not in stored
    await call(desk, OWNER, "add_model", name="fake", provider="openai", model="x", base_url=f"{provider.url}/other")
    assert not next(one for one in await call(desk, OWNER, "models") if one["name"] == "fake")["has_key"], (
        "a key goes to no other address than it was given for"
    )


async def test_what_a_rule_forbids_never_leaves(desk: Desk, provider: FakeProvider) -> None:
    await call(desk, OWNER, "add_redaction", name="mail", kind="email")
    await call(desk, at_branch(admin=True), "add_redaction", name="cards", kind="credit-card", action="refuse")

    said = await call(desk, at_branch(), "chat", prompt="Write to ann@example.org and bob@example.org")
    with pytest.raises(NacreError) as refused:
        await call(desk, at_branch(), "chat", prompt="Pay with 4111 1111 1111 1111")

    assert provider.asked[-1].last == "Write to [mail 1] and [mail 2]"
    assert refused.value.code == "redacted"
    row = await call(desk, at_branch(), "trace", request_id=said["request_id"])
    assert row["redacted"] == 2 and "ann@" not in json.dumps(row)
    assert provider.requests == 1
    await call(desk, at_branch("bank:main"), "chat", prompt="Pay with 4111 1111 1111 1111")
    assert "4111" in provider.asked[-1].last, "a project's own rule is about that project"


async def test_what_goes_along_with_a_prompt_is_held_to_the_same_rules(desk: Desk, provider: FakeProvider) -> None:
    await call(desk, OWNER, "add_redaction", name="mail", kind="email")
    told = {"type": "object", "properties": {"ann@example.org": {"type": "string"}}}
    for how in ({"options": {"extra": {"metadata": {"by": "ann@example.org"}}}}, {"options": {"stop": ["a@b.org"]}}):
        with pytest.raises(NacreError) as refused:
            await call(desk, at_branch(), "chat", prompt="hi", **how)
        assert refused.value.code == "redacted"
    with pytest.raises(NacreError) as in_schema:
        await call(desk, at_branch(), "chat_json", prompt="hi", schema=told)
    assert in_schema.value.code == "redacted"
    for extra in ({"n": 100}, {"max_completion_tokens": 10**6}, {"system": "Say more."}, {"stream": True}):
        with pytest.raises(NacreError) as counted:
            await call(desk, at_branch(), "chat", prompt="hi", options={"extra": extra})
        assert counted.value.code == "llm-bad-arguments"
    assert provider.requests == 0


async def test_no_pattern_of_somebodys_holds_up_all_others(desk: Desk, provider: FakeProvider) -> None:
    """Each of these would take years, in the one loop that answers everybody."""
    text = "a" * 60 + "!"
    await call(desk, at_branch(admin=True), "add_redaction", name="slow", kind="regex", pattern="(a+)+$")
    for _ in range(2):
        with pytest.raises(NacreError, match="takes too long") as refused:
            await call(desk, at_branch(), "chat", prompt=text)
        assert refused.value.code == "redacted"
    provider.answer("say it", json.dumps(text))
    with pytest.raises(NacreError, match="takes too long") as schema:
        await call(desk, at_branch("bank:main"), "chat_json", prompt="say it", schema={"pattern": "^(a+)+$"})
    assert schema.value.code == "llm-bad-arguments"
    nested = {"Node Type": "Result", "Filter": "llm.chat(" * 2000 + ")" * 2000}
    with pytest.raises(NacreError, match="takes too long"):
        await call(desk, at_branch(), "estimate", plan=[{"Plan": nested}])


async def test_a_project_does_not_say_that_a_model_elsewhere_is_here(desk: Desk, provider: FakeProvider) -> None:
    admin = at_branch(admin=True)
    wanted = {"name": "own", "provider": "openai-compatible", "model": "x", "options": {"local": True}}
    with pytest.raises(NacreError) as refused:
        await call(desk, admin, "add_model", **wanted, base_url="https://192.0.2.1.example.org/v1")
    assert refused.value.code == "llm-not-allowed"
    await call(desk, OWNER, "add_model", **wanted, base_url="https://192.0.2.1.example.org/v1")


async def test_a_budget_holds_against_calls_that_overlap(desk: Desk, provider: FakeProvider) -> None:
    await call(desk, OWNER, "set_budget", usd=0.02)  # 2000 tokens
    provider.latency_s = 0.05

    async def one(number: int) -> str:
        try:
            await call(desk, at_branch(), "chat", prompt=f"number {number}", options={"max_tokens": 400})
        except NacreError as error:
            return error.code
        return "done"

    ends = await asyncio.gather(*(one(number) for number in range(20)))

    assert set(ends) == {"done", "budget-spent"}
    assert 1 <= ends.count("done") <= 4
    (budget,) = await call(desk, OWNER, "budgets")
    assert 0 < budget["spent_usd"] <= 0.02
    left = await call(desk, at_branch(), "chat", prompt="say little")
    assert left["text"], "who sets no limit of tokens is limited to what is left"
    told = provider.asked[-1].body
    assert (told.get("max_tokens") or told["max_completion_tokens"]) < 2000


async def test_vectors_that_could_not_be_written_down_leave_nothing_set_aside(
    desk: Desk, provider: FakeProvider
) -> None:
    """As on a full disk: each such call would take from the budget until the side-car is started anew."""
    await call(desk, OWNER, "add_model", name="vectors", kind="embedding", provider="openai", model="fake-small",
               key="the-key", base_url=provider.base_url, options={"input_price": 10.0, "local": False})  # fmt: skip
    await call(desk, OWNER, "set_budget", usd=0.05)
    texts = ["a cat " * 500]
    await desk.store.write(lambda connection: connection.execute("PRAGMA query_only = on"))
    for _ in range(10):
        with pytest.raises(apsw.ReadOnlyError):
            await call(desk, at_branch(), "embed", texts=texts, model="vectors")
    await desk.store.write(lambda connection: connection.execute("PRAGMA query_only = off"))
    await call(desk, at_branch(), "embed", texts=texts, model="vectors")


async def test_counters_time_what_reached_a_model_and_hold_no_names_that_callers_think_of(
    desk: Desk, provider: FakeProvider
) -> None:
    await call(desk, at_branch(), "chat", prompt="hi")
    await call(desk, at_branch(), "chat", prompt="hi")
    await call(desk, at_branch(), "embed", texts=["a cat"])
    await call(desk, OWNER, "set_budget", usd=0)
    for model in (None, "tom", "dick"):
        with pytest.raises(NacreError) as refused:
            await call(desk, at_branch(), "chat", prompt="ho", model=model)
        if model is None:
            assert refused.value.code == "budget-spent" and "has $0 left" in str(refused.value)

    counted = {one["model"]: one for one in await call(desk, OWNER, "metrics")}

    assert set(counted) == {"fake", "local", "(unknown)"}
    assert (counted["fake"]["calls"], counted["fake"]["cache_hits"]) == (3, {"exact": 1})
    assert counted["fake"]["errors"] == {"budget-spent": 1} and sum(counted["fake"]["latency"]["counts"]) == 1
    assert sum(counted["local"]["latency"]["counts"]) == 1
    assert counted["(unknown)"]["errors"] == {"model-not-found": 2}


async def test_what_was_under_way_at_a_kill_is_counted_with_all_it_may_cost(
    desk: Desk, provider: FakeProvider, tmp_path: Path, until: Any
) -> None:
    """llm.db as a kill would leave it, opened by the next side-car."""
    provider.script(Fault("stall"))
    asking = asyncio.create_task(call(desk, at_branch(), "chat", prompt="hi", options={"max_tokens": 100}))
    await until(lambda: provider.requests == 1)
    left = tmp_path / "left"
    (left / "llm").mkdir(parents=True)
    for name in ("llm.db", "llm.db-wal"):
        shutil.copy(tmp_path / "llm" / name, left / "llm" / name)
    asking.cancel()

    heir = await open_desk(configured(left), SecretBox(tmp_path / "secret.key"), system_clock)
    try:
        (row,) = await call(heir, at_branch(), "audit")
        (spent,) = await call(heir, at_branch(), "usage", by=["site"])
        assert (row["outcome"], spent["failed"]) == ("lost", 1)
        assert row["cost_usd"] == spent["cost_usd"] >= 100 * 10 / 1e6
    finally:
        await heir.close()


async def test_a_branch_sees_its_own_calls_and_a_role_its_own_words(desk: Desk) -> None:
    said = await call(desk, at_branch(), "chat", prompt="secret")
    for stranger in (at_branch("bank:main", admin=True), at_branch("shop:try", admin=True)):
        assert await call(desk, stranger, "audit") == []
        with pytest.raises(NacreError) as unknown:
            await call(desk, stranger, "trace", request_id=said["request_id"])
        assert unknown.value.code == "request-not-found"
        with pytest.raises(NacreError):
            await call(desk, stranger, "feedback", request_id=said["request_id"], rating=1)
        assert await call(desk, stranger, "usage") == []
    (seen,) = await call(desk, at_branch(role="bob"), "audit")
    assert seen["prompt"] is None and seen["answer"] is None
    assert (await call(desk, at_branch(role="bob", admin=True), "audit"))[0]["prompt"] == '["secret"]'
    assert len(await call(desk, OWNER, "audit")) == 1


async def test_a_projects_models_are_its_own_and_may_not_be_in_private_networks(
    desk: Desk, provider: FakeProvider
) -> None:
    admin = at_branch(admin=True)
    for url in ("http://127.0.0.1:9/v1", "http://169.254.169.254/v1", "http://[::1]:80/"):
        with pytest.raises(NacreError) as refused:
            await call(desk, admin, "add_model", name="own", provider="openai", model="x", base_url=url)
        assert refused.value.code == "llm-not-allowed"
    for preset in ("ollama", "vllm"):  # which are on this machine where nobody says otherwise
        with pytest.raises(NacreError) as here:
            await call(desk, admin, "add_model", name="own", provider=preset, model="x")
        assert here.value.code == "llm-not-allowed"
    rebound = Connections(provider.base_url, {}, public_only=True)  # as if its name led elsewhere when it was added
    with pytest.raises(ModelError, match="private network"):
        async with rebound.ask("GET", "/models"):
            pass
    for url in ("file:///etc/passwd", "http://api.example.org/v1", "https://u:p@api.example.org/v1", "x"):
        with pytest.raises(NacreError) as wrong:
            await call(desk, OWNER, "add_model", name="own", provider="openai", model="x", base_url=url)
        assert wrong.value.code == "llm-bad-arguments"
    with pytest.raises(NacreError) as not_theirs:
        await call(desk, admin, "remove_model", name="fake")
    assert not_theirs.value.code == "model-not-found"
    with pytest.raises(NacreError) as no_admin:
        await call(desk, at_branch(), "add_model", name="own", provider="openai", model="x")
    assert sqlstate_of(no_admin.value) == "LM013"
    await call(desk, admin, "add_model", name="both", tiers=[["fake"]])
    assert "both" not in {one["name"] for one in await call(desk, at_branch("bank:main"), "models")}
    assert (await call(desk, at_branch("shop:try"), "chat", model="both", prompt="hi"))["text"] == "You said: hi"


async def test_json_is_held_to_its_schema_and_asked_for_again(desk: Desk, provider: FakeProvider) -> None:
    answers = iter(['Sure: {"n": "many"}', '```json\n{"n": 3}\n```', "never"])
    provider.answer("", lambda asked: next(answers))
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}

    said = await call(desk, at_branch(), "chat_json", prompt="How many?", schema=schema)

    assert said["json"] == {"n": 3}
    assert "$.n" in provider.asked[-1].last, "it is told what was wrong"
    provider.answer("", "never")
    with pytest.raises(NacreError) as bad:
        await call(desk, at_branch(), "chat_json", prompt="And now?", schema=schema)
    assert bad.value.code == "bad-answer"
    with pytest.raises(NacreError) as fetched:
        await call(desk, at_branch(), "chat_json", prompt="4?", schema={"$ref": f"{provider.url}/schema"})
    assert fetched.value.code in ("llm-bad-arguments", "bad-answer")
    assert not any(asked.path == "/schema" for asked in provider.asked)


async def test_a_batch_keeps_its_order_and_each_its_own_error(desk: Desk, provider: FakeProvider) -> None:
    provider.fault_for = lambda asked: Fault("too-long") if "5" in asked.last else None
    said = await call(desk, at_branch(), "chat_batch", prompts=[f"p{n}" for n in range(8)] + [None], at_once=4)

    assert [one and one.get("text") for one in said] == [
        None if n == 5 else f"You said: p{n}" for n in range(8)
    ] + [None]  # fmt: skip
    assert said[5]["error"]["sqlstate"] == "LM005"
    both = await call(desk, at_branch(), "parallel_chat", prompt="hi", models=["fake", "absent"])
    assert (both[0]["text"], both[1]["error"]["code"]) == ("You said: hi", "model-not-found")


async def test_a_long_dialogue_is_summed_up(desk: Desk, provider: FakeProvider) -> None:
    provider.answer("Summarise the dialogue", "They spoke of pearls.")
    before = [{"role": role, "content": f"{role} {n}"} for n in range(4) for role in ("user", "assistant")]

    said = await call(desk, at_branch(), "session_chat", prompt="Go on", messages=before,
                      policy={"kind": "summary", "messages": 4})  # fmt: skip

    assert (said["summary"], said["kept"]) == ("They spoke of pearls.", 2)
    told = [message["content"] for message in provider.asked[-1].body["messages"]]
    assert told == ["What was said before, in short: They spoke of pearls.", "user 3", "assistant 3", "Go on"]


async def test_a_chain_answers_by_whom_it_can_and_says_by_whom(desk: Desk, provider: FakeProvider) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nowhere = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
    once = {"attempts": 1, "local": False}
    await call(desk, OWNER, "add_model", name="down", provider="openai", model="x", key="k", base_url=nowhere,
               options=once)  # fmt: skip
    await call(desk, OWNER, "add_model", name="keyless", provider="openai", model="x")
    await call(desk, OWNER, "add_model", name="any", tiers=[["down", "keyless"], ["fake"]])

    said = await call(desk, at_branch(), "chat", model="any", prompt="hi")

    assert (said["text"], said["model"]) == ("You said: hi", "fake")
    traced = await call(desk, at_branch(), "trace", request_id=said["request_id"])
    assert (traced["asked"], traced["model"]) == ("any", "fake")
    for name, code in (("down", "provider-down"), ("keyless", "no-key")):
        with pytest.raises(NacreError) as error:
            await call(desk, at_branch(), "chat", model=name, prompt="hi")
        assert error.value.code == code
    states = {one["name"]: one["state"] for one in await call(desk, OWNER, "models")}
    assert (states["keyless"], states["fake"]) == ("no-key", "ready")
    with pytest.raises(NacreError) as used:
        await call(desk, OWNER, "remove_model", name="fake")
    assert used.value.code == "model-in-use"


async def test_chains_of_chains_are_unfolded_once(desk: Desk) -> None:
    admin = at_branch(admin=True)
    await call(desk, admin, "add_model", name="chain0", tiers=[["fake"] * 50] * 20)
    for number in range(6):  # unfolded over and over: as many ways as there are atoms in a grain of sand
        await call(desk, admin, "add_model", name=f"chain{number + 1}", tiers=[[f"chain{number}"] * 50] * 20)
    assert (await call(desk, at_branch(), "chat", prompt="hi", model="chain6"))["model"] == "fake"
    with pytest.raises(NacreError) as endless:
        await call(desk, admin, "add_model", name="dear", provider="openai", model="x",
                   options={"input_price": float("inf")})  # fmt: skip
    assert endless.value.code == "llm-bad-arguments"


async def test_who_wants_is_answered_what_was_asked_in_other_words(desk: Desk, provider: FakeProvider) -> None:
    provider.answer("weather", "Sunny.")
    similar = {"semantic": 0.8}
    first = await call(desk, at_branch(), "chat", prompt="What is the weather like in Paris today?", options=similar)
    again = await call(desk, at_branch(), "chat", prompt="How is the weather in Paris today?", options=similar)
    exact = await call(desk, at_branch(), "chat", prompt="How's the weather in Paris today?")
    other = await call(desk, at_branch(), "chat", prompt="Who wrote the Odyssey?", options=similar)
    elsewhere = await call(desk, at_branch("bank:main"), "chat", prompt="How is the weather in Paris today?",
                           options=similar)  # fmt: skip

    assert [one["cached"] for one in (first, again, exact, other, elsewhere)] == [False, True, False, False, False]
    assert (await call(desk, at_branch(), "trace", request_id=again["request_id"]))["cache"] == "semantic"


async def test_what_is_only_alike_is_answered_to_whoever_asked_it_themselves(desk: Desk) -> None:
    """Another's prompt may hold what one may not read, and so may its answer."""
    like_anything = {"semantic": 0.01}
    asked = "Summarise: the salary of Ann is 4711"
    await call(desk, at_branch(role="ann"), "chat", prompt=asked, options=like_anything)
    as_bob = await call(desk, at_branch(role="bob"), "chat", prompt="Summarise: salary", options=like_anything)
    assert not as_bob["cached"] and "4711" not in as_bob["text"]


async def test_nobody_is_told_what_strangers_have_asked(desk: Desk, provider: FakeProvider) -> None:
    for asker in (replace(OWNER, person="ann"), replace(OWNER, person="bob")):
        assert not (await call(desk, asker, "chat", prompt="hi"))["cached"]
    await call(desk, OWNER, "add_model", name="vectors", kind="embedding", provider="openai", model="fake-small",
               key="the-key", base_url=provider.base_url)  # fmt: skip
    for branch in ("shop:main", "bank:main"):
        await call(desk, at_branch(branch), "embed", texts=["the secret plan"], model="vectors")
        (row,) = await call(desk, at_branch(branch), "audit")
        assert row["cache"] is None


async def test_vectors_come_from_here_until_another_model_is_chosen(desk: Desk, provider: FakeProvider) -> None:
    added = await call(desk, OWNER, "add_model", name="vectors", kind="embedding", provider="openai",
                       model="fake-small", key="the-key", base_url=provider.base_url)  # fmt: skip
    assert not added["default"] and (await desk.embed(at_branch(), ["a cat sat"])).model == "local"
    await call(desk, OWNER, "set_default", name="vectors")
    assert (await desk.embed(at_branch(), ["a cat sat"])).model == "vectors"


async def test_texts_are_embedded_here_without_a_key(desk: Desk) -> None:
    near, far = await desk.embed(at_branch(), ["a cat sat"]), await desk.embed(at_branch(), ["a cat sat", "tax law"])
    assert (near.model, near.dimension, len(near.digest)) == ("local", 384, 32)
    assert near.vectors[0] == pytest.approx(far.vectors[0], abs=1e-5)
    assert sum(x * y for x, y in zip(*far.vectors, strict=True)) < 0.5
    rows = await call(desk, at_branch(), "audit")
    assert [(row["purpose"], row["cost_usd"], row["prompt"]) for row in rows] == [("embed", 0, None)] * 2
