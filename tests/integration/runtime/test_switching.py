"""Releases follow one another before a real Caddy: nothing fails, nothing is cut, and what is broken serves nobody."""

from tests.integration.runtime.conftest import Rig


async def test_a_release_is_served_and_the_next_one_takes_its_place(gated: Rig) -> None:
    assert (await gated.get("shop")).status_code == 404
    await gated.publish("shop", 1)
    answered = (await gated.get("shop", "a?b=c")).json()
    assert (answered["release"], answered["path"]) == ("1", "/a?b=c")
    assert answered["headers"]["x-forwarded-prefix"] == "/apps/shop"
    assert answered["headers"]["x-forwarded-proto"] == "https"
    await gated.publish("shop", 2)
    assert (await gated.get("shop")).json()["release"] == "2"
    await gated.runtime.drain("shop")
    assert gated.runtime.status("shop").state == "running"
