"""A sandbox outlives the daemon, is found again, and leaves nothing behind."""

import asyncio
import os
import signal
from pathlib import Path

import pytest
from tests.contract.sandbox.conftest import Cell, group_of, spec_in

from nacre.core.errors import InvalidInput, Unavailable
from nacre.engines.processes.identity import is_running, send, wait_ended
from nacre.engines.processes.users import Account
from nacre.engines.sandbox.driver import Driver
from nacre.engines.sandbox.spec import Mount


def marked(folder: Path) -> list[int]:
    """The processes of a sandbox, by what they carry in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and str(folder).encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


async def test_it_is_found_again_by_one_who_did_not_start_it(cell: Cell, driver: Driver) -> None:
    await cell.inside.start(["sleep", "1000"], key="goes-on")
    again = driver.service(cell.spec)
    found = await again.adopt()
    assert found is not None
    assert [process.exit_code for process in await cell.inside.processes()] == [None]
    await again.stop()
    assert not is_running(found)


async def test_nothing_is_adopted_where_nothing_runs(place: Path, driver: Driver, account: Account | None) -> None:
    assert await driver.service(spec_in(place, driver, account)).adopt() is None


async def test_stopping_asks_first(cell: Cell, until) -> None:
    await cell.inside.start(
        ["bash", "-c", "trap 'echo farewell > last; exit' TERM; echo ready; while :; do sleep 0.05; done"], key="polite"
    )
    attachment = await cell.inside.attach("polite")
    async for _ in attachment:
        break
    await cell.service.stop()
    await attachment.close()
    assert (cell.files / "last").read_text() == "farewell\n"


async def test_stopping_ends_what_will_not_hear(cell: Cell) -> None:
    await cell.inside.start(["bash", "-c", "trap '' TERM HUP; echo ready; while :; do sleep 1; done"], key="deaf")
    attachment = await cell.inside.attach("deaf")
    async for _ in attachment:
        break
    await cell.service.stop()
    await attachment.close()
    assert marked(cell.spec.folder) == []
    assert not await cell.inside.alive()


async def test_when_the_warden_is_killed_all_end(cell: Cell, driver: Driver, until) -> None:
    await cell.inside.start(["bash", "-c", "sleep 1000 & setsid sleep 1000 & wait"], key="many")
    warden = await cell.service.adopt()
    assert warden is not None
    group = group_of(warden)
    send(warden, signal.SIGKILL)
    await asyncio.to_thread(wait_ended, warden, 5)
    assert "it ended" in cell.service.how_it_ended()
    await until(lambda: marked(cell.spec.folder) == [])
    await until(lambda: not any(folder.exists() for folder in group.folders))
    with pytest.raises(Unavailable):
        await cell.inside.processes()
    assert await cell.service.adopt() is None
    await cell.service.start()
    assert await cell.inside.processes() == []


async def test_a_mount_inside_what_can_be_written_is_refused(
    place: Path, driver: Driver, account: Account | None
) -> None:
    spec = spec_in(place, driver, account, mounts=(Mount(place, "/workspace", True), Mount(place, "/workspace/x")))
    with pytest.raises(InvalidInput):
        await driver.service(spec).start()


async def test_the_folder_is_closed_to_others(cell: Cell) -> None:
    assert (cell.spec.folder / "warden.sock").stat().st_mode & 0o777 == 0o600
    assert (cell.spec.folder / "warden.sock").stat().st_uid == os.geteuid()
    assert (cell.spec.folder / "log").stat().st_mode & 0o777 == 0o700
    assert (cell.spec.folder / "ports").stat().st_mode & 0o007 == 0
