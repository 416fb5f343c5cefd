"""A running cluster survives its daemon, is found again, held still, and never mistaken for another."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.waiting import eventually

from nacre.core.errors import Conflict, Damaged, Failed, Unavailable
from nacre.engines.postgres import postmaster
from nacre.engines.postgres.cluster import Cluster
from nacre.engines.postgres.control import read_control
from nacre.engines.postgres.freeze import frozen, guard_command
from nacre.engines.postgres.session import connect

if TYPE_CHECKING:
    from tests.integration.postgres.conftest import World

STARTER = """
import sys
from pathlib import Path
from nacre.engines.postgres.cluster import Cluster
from nacre.engines.postgres.installation import at
from nacre.engines.postgres.seat import Seat
from nacre.engines.processes.users import find
import os
data, sockets, port = sys.argv[1:4]
owner = find("nobody") if os.geteuid() == 0 else None
place = Path(data).parent
Cluster(at(Path(sys.argv[4])), Path(data), owner).start(Seat(int(port), Path(sockets)), place / "wal", place / "log")
os.kill(os.getpid(), 9)
"""


def states(pids: list[int]) -> set[str]:
    found = set()
    for pid in pids:
        with Path(f"/proc/{pid}/stat").open() as file:
            found.add(file.read().rpartition(")")[2].split()[0])
    return found


def test_a_server_that_is_being_stopped_is_waited_for_and_not_kept(plain_world: "World") -> None:
    """A daemon may have died between asking for the stop and its end."""
    life = plain_world.first_life()
    running = life.cluster.adopt()
    assert running is not None
    with life.connect():
        running.send(signal.SIGTERM)  # smart: it waits for this connection
        eventually(lambda: postmaster.status(life.cluster.data_dir) == "stopping")
        assert life.cluster.adopt_to_keep(timeout_s=0.1) == running
    assert life.cluster.adopt_to_keep() is None
    assert not running.alive


def test_a_server_survives_the_daemon_that_started_it_and_is_adopted(plain_world: "World") -> None:
    life = plain_world.first_life()
    life.cluster.stop()
    argv = [life.cluster.data_dir, life.seat.socket_dir, life.seat.port, life.cluster.installation.bin_dir]
    done = subprocess.run([sys.executable, "-c", STARTER, *map(str, argv)], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL

    again = Cluster(life.cluster.installation, life.cluster.data_dir, life.cluster.owner)
    adopted = again.adopt()
    assert adopted is not None and adopted.alive
    assert adopted.pid in again.pids() and len(again.pids()) > 3
    assert life.rows() == []
    with pytest.raises(Conflict):
        life.start()
    again.stop()
    assert not again.running and not adopted.alive
    again.stop()


def test_a_pid_file_proves_nothing_by_itself(plain_world: "World") -> None:
    life = plain_world.first_life()
    copy = life.cluster.data_dir.with_name("copy")
    shutil.copytree(life.cluster.data_dir, copy)
    assert not Cluster(life.cluster.installation, copy).running
    life.cluster.stop("immediate")
    pid_file = life.cluster.data_dir / "postmaster.pid"
    for pid in (os.getpid(), os.getppid(), 2**22 - 1):
        pid_file.write_text(f"{pid}\n{life.cluster.data_dir}\n")
        assert not life.cluster.running
    life.start()
    assert life.rows() == []


def test_a_killed_server_starts_again_once_its_last_backend_is_gone(plain_world: "World") -> None:
    life = plain_world.first_life()
    running = life.cluster.adopt()
    assert running is not None
    with pytest.raises((Failed, Unavailable)), life.connect() as connection:
        life.sql("INSERT INTO numbers VALUES (1)")
        os.kill(running.pid, signal.SIGKILL)
        assert running.wait(10)
        life.start()
        assert life.rows() == [1]
        connection.execute("SELECT 1")


def test_backends_that_stay_forbid_a_second_server(plain_world: "World") -> None:
    life = plain_world.first_life()
    running = life.cluster.adopt()
    assert running is not None
    held = running.pids()[1:]
    for pid in held:
        with contextlib.suppress(ProcessLookupError):  # a worker may end by itself
            os.kill(pid, signal.SIGSTOP)
    try:
        os.kill(running.pid, signal.SIGKILL)
        assert running.wait(10)
        with pytest.raises(Conflict, match="still work"):
            postmaster.clear_stale_pid_file(life.cluster.data_dir, timeout_s=0.1)
        assert (life.cluster.data_dir / "postmaster.pid").exists()
    finally:
        for pid in held:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
    life.start()


def test_a_frozen_server_stands_still_and_goes_on(plain_world: "World") -> None:
    life = plain_world.first_life()
    running = life.cluster.adopt()
    assert running is not None
    with life.connect() as connection:
        before = time.monotonic()
        with frozen(running):
            assert states(running.pids()) == {"T"}
        assert time.monotonic() - before < 0.5
        connection.execute("INSERT INTO numbers VALUES (1)")
    assert life.rows() == [1]


def test_a_guard_thaws_the_server_when_the_one_who_froze_it_is_gone(plain_world: "World") -> None:
    life = plain_world.first_life()
    running = life.cluster.adopt()
    assert running is not None
    freezer = (
        "import os, sys; from nacre.engines.postgres.postmaster import Postmaster; "
        "from nacre.engines.postgres.freeze import frozen\n"
        "with frozen(Postmaster(int(sys.argv[1]), int(sys.argv[2])), at_most_s=0.3): os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", freezer, str(running.pid), str(running.start_ticks)], check=False, timeout=30)
    assert states(running.pids()) == {"T"}
    eventually(lambda: "T" not in states(running.pids()))
    assert life.rows() == []
    assert guard_command(1, 2)[0] == "/bin/sh"


def test_a_server_that_cannot_start_says_why(plain_world: "World") -> None:
    life = plain_world.first_life()
    life.cluster.stop()
    with (life.cluster.data_dir / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")
    with pytest.raises(Failed, match="no_such_setting"):
        life.start()
    assert not life.cluster.running


def test_passwords_are_asked_for_and_only_loopback_is_open(plain_world: "World") -> None:
    life = plain_world.first_life()
    with pytest.raises(Conflict, match="password"), connect(life.seat, password="wrong"):
        pass
    assert life.sql("SHOW listen_addresses") == [("127.0.0.1",)]
    assert life.sql("SHOW data_checksums") == [("on",)]
    for pid in life.cluster.pids():
        with Path(f"/proc/{pid}/cmdline").open() as file:
            assert "open sesame" not in file.read()


def test_a_damaged_pg_control_is_recognised(plain_world: "World") -> None:
    life = plain_world.first_life()
    life.cluster.stop()
    control = life.cluster.data_dir / "global" / "pg_control"
    assert read_control(life.cluster.installation, life.cluster.data_dir).clean
    damaged = bytearray(control.read_bytes())
    damaged[40] ^= 1
    control.write_bytes(damaged)
    with pytest.raises(Damaged):
        read_control(life.cluster.installation, life.cluster.data_dir)


def test_an_idle_cluster_is_small(plain_world: "World") -> None:
    life = plain_world.first_life()
    life.sql("SELECT 1")

    def pss_kb() -> int:
        total = 0
        for pid in life.cluster.pids():
            with contextlib.suppress(OSError), Path(f"/proc/{pid}/smaps_rollup").open() as file:
                total += next(int(line.split()[1]) for line in file if line.startswith("Pss:"))
        return total

    eventually(lambda: len(life.cluster.pids()) <= 8)
    assert pss_kb() < 60_000
