"""How an app lives: it is started again, put to sleep, woken by a request, stopped; and contained in all it does."""

import asyncio
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.integration.runtime.conftest import Rig, eventually

from nacre.engines.processes.users import service_account
from nacre.runtime.cron import Cron, CronBook

pytestmark = pytest.mark.xdist_group("runtime")


async def test_an_app_that_ends_is_started_again_and_requests_wait_for_it(gated: Rig) -> None:
    await gated.publish("shop", 1)
    first = (await gated.get("shop")).json()["pid"]
    assert first
    assert (await gated.get("shop", "exit")).status_code in (200, 502)
    await eventually(lambda: gated.runtime.status("shop").restarts == 1)
    async with gated.client() as client:
        answers = [await client.get(gated.url("shop")) for _ in range(20)]
    assert answers[-1].status_code == 200
    log = await asyncio.to_thread(gated.runtime.log, "shop")
    assert log.count(b"release 1 starts") == 2


async def test_a_sleeping_app_costs_no_process_and_wakes_for_whoever_comes(gated: Rig) -> None:
    await gated.publish("shop", 1, run={"idle_minutes": 60, "drain_s": 0.2})
    await gated.runtime.sleep("shop")
    assert gated.runtime.status("shop").state == "asleep"
    assert not _of_the_app(gated)
    room = gated.settings.home / "run" / "apps" / "shop" / "wait.sock"
    assert room.stat().st_mode & 0o007 == 0, "who is not the gateway can wake it"
    began = time.monotonic()
    async with gated.client() as client:
        many = await asyncio.gather(*(client.post(gated.url("shop"), content=b"x" * 5000) for _ in range(10)))
    assert {(answer.status_code, answer.json()["body"]) for answer in many} == {(200, 5000)}
    assert time.monotonic() - began < 2
    assert len({answer.json()["pid"] for answer in many}) == 1, "it was started more than once"
    assert gated.runtime.status("shop").state == "running"
    await gated.runtime.stop("shop")
    stopped = await gated.get("shop")
    assert (stopped.status_code, "This app is stopped" in stopped.text) == (503, True)
    assert not _of_the_app(gated)
    await gated.runtime.start("shop")
    assert (await gated.get("shop")).status_code == 200


async def test_an_idle_app_goes_to_sleep_by_itself(gated: Rig) -> None:
    await gated.publish("shop", 1, run={"idle_minutes": 0.01, "drain_s": 0.2})
    await eventually(lambda: gated.runtime.status("shop").state == "asleep" and not _of_the_app(gated), 15)
    assert (await gated.get("shop")).status_code == 200


async def test_an_app_is_contained_in_all_it_does(gated: Rig, tmp_path: Path) -> None:
    account = service_account(gated.settings.user)
    data = gated.settings.home / "data-of-shop"
    data.mkdir()
    if account is not None:
        os.chown(data, account.uid, account.gid)
    await gated.publish("other", 1, secret="of the other")
    await gated.publish("shop", 1, secret="pearl", data=data, run={"memory_mb": 256})
    told = (await gated.get("shop", "env")).json()["env"]
    assert (told["SECRET"], told["NACRE_DATA"], told["PORT"]) == ("pearl", "/data", "8080")
    assert not {name for name in told if "TOKEN" in name or name.startswith("PIP_")}
    home = str(gated.settings.home)
    async with gated.client() as client:
        asked = f"/data /app {home} {home}/data.db {home}/run/apps /proc/1/environ /workspace /run /etc/shadow"
        look = (await client.request("GET", gated.url("shop", "look"), content=asked.encode())).json()["look"]
        assert look["/data"] == [] and "/app/app.py" in look["/app"]
        hidden = (home, f"{home}/data.db", f"{home}/run/apps", "/workspace")
        assert {look[name] for name in hidden} == {"FileNotFoundError"}
        assert set(look["/run"]) <= {"/run/nacre"}
        assert look["/proc/1/environ"] == "PermissionError"
        forked = (await client.get(gated.url("shop", "fork"))).json()["forked"]
        assert 0 < forked < 300
        await client.get(gated.url("shop", "leak"))
    await eventually(lambda: "more than 256 MB" in gated.runtime.status("shop").ending)
    assert (await gated.get("other")).status_code == 200
    await eventually(lambda: gated.runtime.status("shop").state == "running")


async def test_a_command_runs_once_whoever_asks_again(rig: Rig) -> None:
    deployed = rig.deployed("shop", 1)
    script = "import os, time; print('migrating', os.environ['RELEASE']); time.sleep(.3)"
    argv = ["python3", "-c", script]
    first = asyncio.create_task(rig.runtime.run_once(deployed, "release-1", argv, 20))
    await eventually(lambda: list((rig.settings.home / "run" / "apps" / "shop").glob("x*/begun")))
    first.cancel()  # as when the daemon dies
    await asyncio.gather(first, return_exceptions=True)
    ran = await rig.runtime.run_once(deployed, "release-1", argv, 20)
    assert (ran.exit_code, ran.log) == (0, "migrating 1\n")
    again = await rig.runtime.run_once(deployed, "release-1", ["python3", "-c", "raise SystemExit(9)"], 20)
    assert again == ran
    failed = await rig.runtime.run_once(deployed, "release-2", ["python3", "-c", "raise SystemExit(9)"], 20)
    assert failed.exit_code == 9


def _of_the_app(rig: Rig) -> list[str]:
    """The processes of apps' sandboxes, by their mark."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and f"{rig.settings.home}/run/apps/".encode() in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_text())
        except OSError:
            continue
    return found


async def test_lines_of_cron_run_when_due_and_never_beside_themselves(rig: Rig) -> None:
    now = datetime(2026, 3, 1, 11, 59, 30, tzinfo=UTC)
    book = CronBook(rig.store)

    def cron() -> Cron:
        return Cron(rig.runtime, book, lambda: now)

    line = 'echo "release $RELEASE"; sleep 0.4; exit 3'
    await rig.publish("shop", 1, run={"cron": {"*/5 * * * *": line, "@yearly": "false"}})
    first = cron()
    await first.look()
    assert book.runs("shop") == [], "it begins with the next one"
    now = now.replace(hour=12, minute=5)
    await first.look()
    now = now.replace(minute=10)
    await first.look()
    assert len(book.runs("shop")) == 1, "the one before still runs"
    await first._stop()  # as when the daemon dies; the next one finds it
    second = cron()
    await second.look()
    await eventually(lambda: book.runs("shop")[0].ended_at is not None)
    ran = book.runs("shop")[0]
    assert (ran.exit_code, ran.said, ran.due_at.minute) == (3, "release 1\n", 5)
    now = now.replace(hour=23, minute=2)

    async def made_up_for() -> bool:
        await second.look()
        return book.runs("shop")[0].due_at.hour == 23 and book.runs("shop")[0].ended_at is not None

    await eventually(made_up_for)
    assert [run.due_at.strftime("%H:%M") for run in book.runs("shop")] == ["23:00", "12:05"], "once for all missed"
    await second._stop()


async def test_an_app_that_hangs_is_started_anew(gated: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nacre.runtime.watch._PROBE_EVERY_S", 0.2)
    monkeypatch.setattr("nacre.runtime.watch._PROBE_S", 0.5)
    await gated.publish("shop", 1)
    before = (await gated.get("shop")).json()["pid"]
    assert before
    async with gated.client() as client:
        hanging = asyncio.create_task(client.get(gated.url("shop", "deaf")))
        await eventually(lambda: "started anew" in gated.runtime.status("shop").ending)
        assert (await gated.get("shop")).status_code == 200
        assert (await hanging).status_code == 502, "it is told that nobody will answer"
    log = await asyncio.to_thread(gated.runtime.log, "shop")
    assert log.count(b"release 1 starts") == 2
