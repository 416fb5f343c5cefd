"""What a sandbox may use: each limit that the driver says it holds is run into, and the warden lives on."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from tests.contract.sandbox.conftest import Cell, group_of, running

from nacre.engines.processes.giving_back import give_back
from nacre.engines.processes.users import Account
from nacre.engines.sandbox import cgroups
from nacre.engines.sandbox.cgroups import Group
from nacre.engines.sandbox.driver import Driver
from nacre.engines.sandbox.inside import Inside
from nacre.engines.sandbox.spec import Limits
from nacre.engines.sandbox.tending import end_processes, members

MB = 1 << 20
SMALL = Limits(cpu_cores=0.2, memory_bytes=64 * MB, processes=40, disk_bytes=20 * MB, log_bytes=64 << 10)


def last_bytes(path: Path) -> bytes:
    return path.read_bytes()[-200:]


def needs(driver: Driver, limit: str) -> None:
    if limit not in driver.enforced():
        pytest.skip(f"{driver.name} does not hold {limit} here")


async def test_a_fork_bomb_stays_inside(place: Path, driver: Driver, account: Account | None, until) -> None:
    needs(driver, "process-count")
    async with running(place, driver, account, limits=SMALL) as cell:
        await cell.inside.start(["bash", "-c", "bomb() { bomb | bomb & }; bomb; sleep 1000"], key="bomb")
        warden = await cell.service.adopt()
        assert warden is not None
        # What made the sandbox counts, too: bubblewrap itself, and the warden.
        await until(lambda: len(members(warden)) >= SMALL.processes - 4)
        assert await cell.inside.alive()
        assert len(members(warden)) <= SMALL.processes


async def test_memory_ends_the_hog_alone(place: Path, driver: Driver, account: Account | None) -> None:
    needs(driver, "memory")
    async with running(place, driver, account, limits=SMALL) as cell:
        await cell.inside.start(["sleep", "1000"], key="bystander")
        said = await cell.run("python3", "-c", "held = [bytearray(1 << 20) for _ in range(300)]; print('held')")
        assert "held" not in said.text.split()
        assert said.exit_code != 0
        assert {process.key: process.exit_code for process in await cell.inside.processes()}["bystander"] is None


async def test_the_processor_is_shared_out(place: Path, driver: Driver, account: Account | None) -> None:
    needs(driver, "cpu")
    script = "import time; b = time.monotonic(); c = time.process_time()\nwhile time.monotonic() - b < 1.5: pass\n"
    async with running(place, driver, account, limits=SMALL) as cell:
        said = await cell.run("python3", "-c", script + "print(time.process_time() - c)")
        assert float(said.text) < 0.9  # a fifth of a processor, and what was allowed at once


async def test_a_file_stops_at_the_limit(place: Path, driver: Driver, account: Account | None) -> None:
    async with running(place, driver, account, limits=SMALL) as cell:
        said = await cell.shell("trap '' XFSZ; head -c 30M /dev/zero > big || echo too large; stat -c %s big")
        assert said.text.split()[-1] == str(20 * MB)


async def test_many_files_are_noticed_and_their_writer_ended(
    place: Path, driver: Driver, account: Account | None, until
) -> None:
    async with running(place, driver, account, limits=SMALL) as cell:
        script = "for i in 1 2 3 4; do head -c 8M /dev/urandom > $i; done; echo written; sleep 1000"
        await cell.inside.start(["bash", "-c", script], key="writer")
        assert (await cell.hear("writer")).exit_code == -9
        await until(lambda: "may take 20 MB" in cell.service.trouble)
        assert await cell.inside.alive()
        # What there is can still be cleared away.
        assert (await cell.shell("rm -f 1 2 3 4; echo cleared")).text == "cleared\n"


async def test_what_has_no_processor_left_to_end_with_is_waited_for(
    place: Path, driver: Driver, account: Account | None, until
) -> None:
    """Killed, it stays until its next share of the processor; the sandbox is not given up for that."""
    needs(driver, "cpu")
    async with running(place, driver, account, limits=SMALL) as cell:
        warden = await cell.service.adopt()
        assert warden is not None
        await cell.inside.start(["bash", "-c", "for i in 1 2 3; do (while :; do :; done) & done; wait"], key="busy")
        await until(lambda: len(members(warden)) == 4)
        share_out(group_of(warden), 1_000, 500_000)
        await asyncio.sleep(0.6)  # by then they have used up the first of these shares
        await asyncio.to_thread(end_processes, warden)
        assert members(warden) == []
        share_out(group_of(warden), 100_000, 100_000)
        assert await cell.inside.alive()


def share_out(group: Group, quota_us: int, period_us: int) -> None:
    """So much of a processor in each period, for all of a sandbox."""
    for folder in group.folders:
        if (folder / "cpu.max").exists():
            (folder / "cpu.max").write_text(f"{quota_us} {period_us}")
        elif (folder / "cpu.cfs_quota_us").exists():
            (folder / "cpu.cfs_quota_us").write_text("-1")
            (folder / "cpu.cfs_period_us").write_text(str(period_us))
            (folder / "cpu.cfs_quota_us").write_text(str(quota_us))


async def test_a_writer_whose_first_thread_has_ended_is_ended_as_well(
    place: Path, driver: Driver, account: Account | None, until
) -> None:
    script = (
        "import ctypes, threading\n"
        "def write():\n"
        "    for name in range(4):\n"
        "        open(str(name), 'wb').write(bytes(8 << 20))\n"
        "    threading.Event().wait()\n"
        "threading.Thread(target=write).start()\n"
        "ctypes.CDLL(None).syscall(60, 0)"  # exit(2): of this thread alone
    )
    async with running(place, driver, account, limits=SMALL) as cell:
        await cell.inside.start(["python3", "-c", script], key="writer")
        assert (await cell.hear("writer")).exit_code == -9
        await until(lambda: "may take 20 MB" in cell.service.trouble)
        assert await cell.inside.alive()


async def test_the_log_is_capped_and_the_end_is_kept(place: Path, driver: Driver, account: Account | None) -> None:
    async with running(place, driver, account, limits=replace(Limits(), log_bytes=64 << 10)) as cell:
        await cell.inside.start(["bash", "-c", "yes 0123456789 | head -c 20000000; echo the end"], key="flood")
        heard = (await cell.hear("flood")).text
        assert heard.endswith("the end\n")
        assert cell.inside.log_path("flood").stat().st_size < (64 << 10) + 200
        process = (await cell.inside.processes())[0]
        assert process.end_offset == 20_000_008
        again = (await cell.hear("flood")).text
        assert len(again) <= (256 << 10) + (64 << 10)
        assert again.endswith("the end\n")


async def test_a_full_log_goes_on_once_its_disk_was_given_back(
    place: Path, driver: Driver, account: Account | None, until
) -> None:
    async with running(place, driver, account, limits=replace(Limits(), log_bytes=8 << 20)) as cell:
        script = "yes 0123456789 | head -c 20000000; read line; echo the end"
        await cell.inside.start(["bash", "-c", script], key="flood")
        path = cell.inside.log_path("flood")
        while (await cell.inside.processes())[0].end_offset < 20_000_000:
            await asyncio.sleep(0.01)
        assert b"[The log is full" in last_bytes(path)
        with path.open("r+b") as log:
            assert give_back(log.fileno(), path.stat().st_size - (1 << 20)) > 4 << 20
        attachment = await cell.inside.attach("flood")
        await attachment.write(b"on\n")
        await attachment.close()
        await until(lambda: last_bytes(path).endswith(b"the end\n"), 20.0)


async def test_a_reader_that_stalls_does_not_hold_the_process_for_ever(cell: Cell, until) -> None:
    await cell.inside.start(["bash", "-c", "head -c 3000000 /dev/zero; touch done"], key="fast")
    stalled = await Inside(cell.spec.folder).attach("fast")
    await until(lambda: (cell.files / "done").exists(), 20.0)
    await stalled.close()


async def test_control_groups_are_gone_with_the_sandbox(place: Path, driver: Driver, account: Account | None) -> None:
    where = cgroups.hierarchies()
    if not (where.v1 or where.v2):
        pytest.skip("no control groups can be made here")
    async with running(place, driver, account) as cell:
        warden = await cell.service.adopt()
        assert warden is not None
        group = group_of(warden)
    assert group.folders
    assert not any(folder.exists() for folder in group.folders)
