"""Workspaces stop when nobody uses them and come back with nothing lost; daemon and workspaces may be killed."""

import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.daemon import House, house_on
from tests.integration.workspaces.conftest import at_the_command_line, typing

from nacre.core.errors import NacreError

Until = Callable[..., Awaitable[None]]
IDLE_S = 2.0


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with house_on("copy", NACRE_IDLE_MINUTES=str(IDLE_S / 60)) as house:
        house.call("project.create", name="shop")
        yield house


def state(house: House) -> str:
    return str(house.call("workspace.status", ref="shop")["state"])


def run(house: House, *command: str) -> dict[str, Any]:
    answer: dict[str, Any] = house.call("workspace.exec", ref="shop", command=list(command))
    return answer


async def test_an_idle_workspace_is_stopped_and_wakes_on_use_with_nothing_lost(house: House, until: Until):
    run(house, "sh", "-c", "echo file > kept-file; echo home > ~/kept-home; psql -qc 'CREATE TABLE kept (n int)'")
    await until(lambda: state(house) == "stopped", timeout_s=30)
    assert "nobody used it" in house.call("workspace.status", ref="shop")["why"]
    kept = run(house, "sh", "-c", "cat kept-file ~/kept-home; psql -Atc 'SELECT count(*) FROM kept'")
    assert kept["output"] == "file\nhome\n0\n"
    assert state(house) == "running"


def test_a_running_command_and_an_attached_terminal_keep_it_from_idling(house: House):
    since = run_since(house)
    assert run(house, "sh", "-c", f"sleep {3 * IDLE_S}; echo done")["output"] == "done\n"
    with typing(house, "shop") as typist:
        typist.type(f"sleep {3 * IDLE_S}; echo still-$((40 + 2))\r")
        typist.until("still-42", timeout_s=30)
    assert run_since(house) == since


def run_since(house: House) -> str:
    run(house, "true")
    return str(house.call("workspace.status", ref="shop")["since"])


async def test_a_terminal_that_nobody_looks_at_keeps_nothing_awake(house: House, until: Until):
    house.call("terminal.open", ref="shop", name="lonely")
    await until(lambda: state(house) == "stopped", timeout_s=30)
    assert house.call("terminal.list", ref="shop") == []


def test_a_killed_daemon_finds_workspace_and_terminal_again(house: House):
    with typing(house, "shop", "outliving") as typist:
        typist.type("memory=kept-$((40 + 2)); echo $memory\r")
        typist.until("kept-42")
        pid = shell_pid(house)
        house.kill()
    house.up(NACRE_IDLE_MINUTES="20")
    with typing(house, "shop", "outliving", run=typist.run, after=typist.offset) as again:
        assert (again.run, again.offset) == (typist.run, typist.offset)
        again.type("echo again-$memory\r")
        again.until("again-kept-42")
    assert shell_pid(house) == pid


def test_the_token_of_before_still_works_for_what_was_found_again(house: House):
    with typing(house, "shop", "outliving") as typist:
        typist.type("nacre project show shop | head -c 13; echo .\r")
        typist.until("shop: running.")


def test_nacre_terminal_waits_for_a_daemon_that_was_killed(house: House):
    with at_the_command_line(house, "shop", "--name", "patient") as screen:
        screen.type("memory=$((40 + 2)); echo set-$memory\r")
        screen.until("set-42")
        house.kill()
        house.up(NACRE_IDLE_MINUTES="20")
        screen.type("echo back-$memory\r")
        screen.until("back-42", timeout_s=40)


async def test_a_killed_workspace_comes_back(house: House, until: Until):
    run(house, "sh", "-c", "echo before > before-the-kill")
    pid = house.call("workspace.status", ref="shop")["pid"]
    os.kill(pid, signal.SIGKILL)
    await until(lambda: house.call("workspace.status", ref="shop")["pid"] not in (None, pid), timeout_s=30)
    assert run(house, "cat", "before-the-kill")["output"] == "before\n"
    assert run(house, "sh", "-c", "nacre project show shop | head -c 13")["output"] == "shop: running"


def test_a_workspace_that_ended_with_the_machine_is_stopped_and_wakes(house: House):
    pid = house.call("workspace.status", ref="shop")["pid"]
    house.kill()
    os.kill(pid, signal.SIGKILL)
    house.up(NACRE_IDLE_MINUTES="20")
    assert state(house) == "stopped"
    assert run(house, "cat", "before-the-kill")["output"] == "before\n"


def test_a_daemon_that_stops_stops_them_and_leaves_nothing_behind(house: House):
    with typing(house, "shop") as typist, ThreadPoolExecutor(2) as pool:
        typist.type("sleep 98765\r")
        typist.until("sleep 98765")
        plain = pool.submit(run, house, "sleep", "98765")
        followed = pool.submit(house.run, "workspace", "logs", "shop", "--follow")
        while "sleep 98765" not in run(house, "ps", "-eo", "args")["output"].replace("grep", ""):
            pass
        began = time.monotonic()
        house.down()
        assert time.monotonic() - began < 20
        with pytest.raises(NacreError) as cancelled:
            plain.result(20)
        assert cancelled.value.code == "command-cancelled"
        followed.result(20)
    assert not [command for command in house.processes().values() if "sleep 98765" in command]
    house.up()
    assert state(house) == "stopped"


def shell_pid(house: House) -> str:
    """The number that the shell of the terminal has inside."""
    found = house.call("terminal.list", ref="shop")
    return str(next(one["run"] for one in found if one["name"] == "outliving"))
