"""The daemon's life as a person runs it: up, up again, down, and what goes wrong at the start."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from nacre.surfaces.cli.running import running_pid


@pytest.fixture
def nacre(home, settings):
    environment = {
        **os.environ,
        "NACRE_HOME": str(home),
        "NACRE_PORT": str(settings.port),
        "NACRE_MODE": "slim",
        "NACRE_CONSOLE": "no",
    }
    environment.pop("NACRE_TOKEN", None)

    def run(*arguments: str, **more: str) -> tuple[int, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "nacre", *arguments, "--json"],
            stdout=subprocess.PIPE,
            env=environment | more,
            timeout=120,
        )
        return done.returncode, json.loads(done.stdout)

    yield run
    run("down")


def test_up_twice_and_down_twice(nacre, home: Path):
    code, up = nacre("up", "--detach")
    assert code == 0
    assert up["pid"] == running_pid(home / "run" / "nacre.sock")
    assert nacre("status")[1]["pid"] == up["pid"]
    assert up.pop("sign_in").startswith(f"{up['url']}/sign-in#link=")
    assert nacre("up", "--detach") == (0, up)
    assert nacre("up") == (0, up)
    code, down = nacre("down")
    assert (code, down["stopped"]) == (0, True)
    assert nacre("down") == (0, {"stopped": False, "seconds": 0})
    assert not (home / "run" / "nacre.sock").exists()


def test_flags_win_over_the_environment(nacre, settings):
    assert nacre("up", "--detach", f"--port={settings.port}", NACRE_PORT="1")[0] == 0
    assert nacre("up", "--detach", "--port=0")[1]["error"]["code"] == "bad-settings"


def test_a_taken_port_is_told_and_leaves_nothing_running(nacre, home, settings):
    with socket.socket() as other:
        other.bind(("127.0.0.1", settings.port))
        other.listen()
        for detach in (["--detach"], []):
            code, document = nacre("up", *detach)
            assert (code, document["error"]["code"]) == (1, "port-in-use")
    assert running_pid(home / "run" / "nacre.sock") is None


def test_a_killed_daemon_comes_back_alone_and_stays_away_once_told_to_stop(nacre, home: Path):
    _, first = nacre("up", "--detach")
    os.kill(first["pid"], signal.SIGKILL)
    deadline = time.monotonic() + 30
    while (second := running_pid(home / "run" / "nacre.sock")) in (None, first["pid"]):
        assert time.monotonic() < deadline
    assert nacre("status")[1]["pid"] == second
    os.kill(second, signal.SIGKILL)
    code, up = nacre("up", "--detach")  # at once, while its guard waits to start it: there is one
    assert (code, up["pid"]) == (0, running_pid(home / "run" / "nacre.sock"))
    os.kill(up["pid"], signal.SIGKILL)
    assert nacre("down")[1]["stopped"]  # at once, too: it does not come back
    deadline = time.monotonic() + 30
    while guards_of(home):
        assert time.monotonic() < deadline
    assert nacre("status")[0] == 3
    assert nacre("down") == (0, {"stopped": False, "seconds": 0})


def guards_of(home: Path) -> list[int]:
    """The processes of this home that guard a daemon."""
    found = []
    for process in psutil.process_iter(["cmdline", "environ"]):
        words, environment = process.info["cmdline"] or [], process.info["environ"] or {}
        if "nacre.surfaces.cli.guard" in words and environment.get("NACRE_HOME") == str(home):
            found.append(process.pid)
    return found


def test_in_the_foreground_it_ends_by_ctrl_c(home, settings):
    environment = {
        **os.environ,
        "NACRE_HOME": str(home),
        "NACRE_PORT": str(settings.port),
        "NACRE_MODE": "slim",
        "NACRE_CONSOLE": "no",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "nacre", "up", "--json"], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["pid"] == process.pid
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert process.stdout.read() == ""


def test_a_home_too_deep_for_a_socket_is_refused(home, settings):
    deep = home / ("x" * 120)
    done = subprocess.run(
        [sys.executable, "-m", "nacre", "up", "--json"],
        stdout=subprocess.PIPE,
        env={
            **os.environ,
            "NACRE_HOME": str(deep),
            "NACRE_PORT": str(settings.port),
            "NACRE_MODE": "slim",
            "NACRE_CONSOLE": "no",
        },
    )
    assert json.loads(done.stdout)["error"]["code"] == "bad-home"
