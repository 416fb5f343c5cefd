"""The daemon is killed while it publishes: one release serves all the time, and the next daemon finds everything."""

import asyncio
import sys
from asyncio.subprocess import Process
from functools import partial
from pathlib import Path

import pytest
from tests.integration.runtime.conftest import Rig, eventually

pytestmark = pytest.mark.xdist_group("runtime")


async def test_whenever_the_daemon_is_killed_one_release_serves(gated: Rig) -> None:
    """A mixture would show as an older release after a newer one; what is served by neither, as an error."""
    publishers = [await _load_publisher(gated) for _ in range(2)]
    await gated.publish("shop", 1)
    await _forget_without_a_word(gated)
    seen: list[tuple[int, int]] = []
    done = asyncio.Event()

    async def visit() -> None:
        async with gated.client() as client:
            while not done.is_set():
                answer = await client.get(gated.url("shop"))
                seen.append((answer.status_code, int(answer.json()["release"]) if answer.status_code == 200 else 0))

    visiting = asyncio.create_task(visit())
    first = 2
    for publisher, wait_s in zip(publishers, (0.0, 0.2), strict=True):
        first = await _publish_and_kill(publisher, first, wait_s)
        mark = len(seen)
        await eventually(partial(_has, seen, mark + 5))
    done.set()
    await visiting
    assert {status for status, _ in seen} == {200}
    assert [release for _, release in seen] == sorted(release for _, release in seen)
    await asyncio.to_thread(gated.runtime.resume)
    status = gated.runtime.status("shop")
    assert (status.state, status.release) == ("running", seen[-1][1])
    await gated.publish("shop", first + 1)
    await gated.runtime.drain("shop")
    assert (await gated.get("shop")).json()["release"] == str(first + 1)


def _has(seen: list[tuple[int, int]], many: int) -> bool:
    return len(seen) > many


async def _forget_without_a_word(rig: Rig) -> None:
    """As if this process were another one: it looks after nothing of the runtime's any more."""
    await asyncio.to_thread(rig.runtime.close)
    for status in rig.supervisor.statuses():
        if status.name.startswith("app "):
            await rig.supervisor.release(status.name)
    rig.runtime._apps.clear()


async def _load_publisher(rig: Rig) -> Process:
    where = (str(rig.settings.home), str(rig.pictures.folder))
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.runtime.publisher", *where,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[3],
    )  # fmt: skip


async def _publish_and_kill(publisher: Process, first: int, wait_s: float) -> int:
    """The number of the release after those that were published, or begun."""
    assert publisher.stdin is not None and publisher.stdout is not None
    try:
        async with asyncio.timeout(20):
            publisher.stdin.write(b"%d\n" % first)
            said = await publisher.stdout.readline()
            assert said, "the publisher failed"
            await asyncio.sleep(wait_s)
    finally:
        publisher.kill()
        await publisher.wait()
    rest = (await publisher.stdout.read()).split()
    return int([said, *rest][-1]) + 2
