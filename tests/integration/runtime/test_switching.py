"""Releases follow one another before a real Caddy: nothing fails, nothing is cut, and what is broken serves nobody."""

import asyncio
import ssl
from functools import partial

import pytest
from tests.integration.runtime.conftest import Rig, eventually
from websockets.asyncio.client import connect

from nacre.core.errors import Failed

pytestmark = pytest.mark.xdist_group("runtime")


async def test_releases_follow_one_another_under_load_and_no_request_fails(gated: Rig) -> None:
    assert (await gated.get("shop")).status_code == 404
    await gated.publish("shop", 1)
    answered = (await gated.get("shop", "a?b=c")).json()
    assert (answered["release"], answered["path"]) == ("1", "/a?b=c")
    assert answered["headers"]["x-forwarded-prefix"] == "/apps/shop"
    assert answered["headers"]["x-forwarded-proto"] == "https"
    seen: list[tuple[int, str]] = []
    done = asyncio.Event()

    async def visit() -> None:
        async with gated.client() as client:
            while not done.is_set():
                answer = await client.post(gated.url("shop"), content=b"x" * 2000)
                seen.append(
                    (answer.status_code, answer.json()["release"] if answer.status_code == 200 else answer.text)
                )

    async def slow() -> None:
        answer = await gated.get("shop", "slow?1.5")
        seen.append((answer.status_code, "slow"))

    visits = [asyncio.create_task(visit()) for _ in range(8)] + [asyncio.create_task(slow())]
    for release in range(2, 7):
        broken = {3: "500", 5: "crashes"}.get(release)
        if broken:
            with pytest.raises(Failed):
                instance = gated.deployed("shop", release, wrong=broken)
                await gated.runtime.prepare(instance, within_s=1)
        else:
            await gated.publish("shop", release)
            mark = len(seen)
            await eventually(partial(_has, seen, mark + 20))
            assert {said for _, said in seen[mark + 8 :]} - {"slow"} == {str(release)}, "an older release still answers"
    done.set()
    await asyncio.gather(*visits)
    assert {status for status, _ in seen} == {200}
    assert (200, "slow") in seen
    await gated.runtime.drain("shop")
    status = gated.runtime.status("shop")
    assert (status.state, status.release, status.draining) == ("running", 6, 0)
    assert b"release 6 starts" in await asyncio.to_thread(gated.runtime.log, "shop")
    assert b"release 2 starts" in await asyncio.to_thread(gated.runtime.log, "shop", 2)


def _has(seen: list[tuple[int, str]], many: int) -> bool:
    return len(seen) > many


async def test_a_websocket_is_let_finish_and_one_that_does_not_is_ended(gated: Rig) -> None:
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    await gated.publish("chat", 1, run={"drain_s": 2})
    url = gated.url("chat", "talk").replace("https", "wss")
    async with connect(url, ssl=trusting, compression=None, ping_interval=None) as first:
        await gated.publish("chat", 2, run={"drain_s": 2})
        assert (await gated.get("chat")).json()["release"] == "2"
        assert gated.runtime.status("chat").draining == 1
        async with asyncio.timeout(10):
            await gated.runtime.drain("chat")  # it does not end by itself, and is not waited for without end
            await first.wait_closed()


@pytest.mark.parametrize(
    ("wrong", "code", "says"),
    [
        ("500", "release-unhealthy", "answered GET / with 500"),
        ("crashes", "release-crashed", "ended with exit code 4. It had not served yet.\nIts log ends with:\n"),
        ("port", "port-not-opened", "did not listen on port 8080 within 2 s. It listens on 5000 instead."),
        ("hangs", "release-silent", "did not answer GET / within 2 s"),
    ],
)
async def test_what_is_wrong_with_a_release_is_told(rig: Rig, wrong: str, code: str, says: str) -> None:
    with pytest.raises(Failed) as failed:
        await rig.runtime.prepare(rig.deployed("shop", 1, wrong=wrong), within_s=2)
    assert failed.value.code == code
    assert says in failed.value.message
    assert "no such table: carts" in failed.value.message or wrong != "crashes"
    assert not list((rig.settings.home / "apps" / "shop").iterdir()), "something of it was left"
    with pytest.raises(Failed, match="could not be started"):
        await rig.runtime.prepare(rig.deployed("shop", 2, run={"start": ("nothing-of-that-name",)}))
