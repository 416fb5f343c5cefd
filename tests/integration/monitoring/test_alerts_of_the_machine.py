"""Conditions of the machine and of Nacre itself that really come about, and how people are told of them.

What cannot be brought about on a machine that does other things as well comes about by its bound, which is changed as a
person changes it.
"""

import asyncio
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from math import isnan
from pathlib import Path

import apsw
import pytest
from sqlalchemy import text
from tests.integration.monitoring.receiver import receiver
from tests.integration.monitoring.watching import Turned, Watch, watching
from tests.waiting import eventually

from nacre.core.principals import OWNER
from nacre.core.store.store import Store
from nacre.engines.processes.supervisor import Patience, State, Supervisor
from nacre.engines.storage.loopfile import mount_store, unmount_store
from nacre.jobs.jobs import Jobs
from nacre.monitoring import heartbeat
from nacre.monitoring.alerts.rules import DEFAULTS
from nacre.monitoring.heartbeat import Heartbeat
from nacre.monitoring.logs.caps import Caps
from nacre.monitoring.logs.condition import FILE, Following
from nacre.monitoring.logs.service import Told, following
from nacre.monitoring.probes.daemon import OfDaemon
from nacre.monitoring.probes.host import OfHost
from nacre.monitoring.probes.node import OfNodes
from nacre.monitoring.ring import Ring
from nacre.monitoring.traffic import Traffic
from nacre.nodes.nodes import Nodes
from nacre.runtime.afar.machine import measured
from nacre.runtime.afar.messages import Report

MB = 1 << 20
RULES = {rule.name: rule for rule in DEFAULTS}


class Logs:
    """The process that follows logs, kept by a supervisor of little patience."""

    def __init__(self, folder: Path) -> None:
        self._supervisor = Supervisor(Patience(first_s=0.01, longest_s=0.02, give_up_after=3))
        told = Told(folder / "plan.json", folder / "shelves", Caps(MB, 1, MB))
        self._service = following(told, folder / "logs.log", folder / "follower.json", folder)

    @contextmanager
    def followed(self) -> Iterator[None]:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        loop.call_soon_threadsafe(self._supervisor.keep, self._service, 1.0)
        try:
            yield
        finally:
            asyncio.run_coroutine_threadsafe(self._supervisor.stop_all(), loop).result(30)
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    def run(self) -> bool:
        return State.RUNNING in (one.state for one in self._supervisor.statuses())

    def killed_until_given_up(self) -> bool:
        """Kill it where it runs; whether that was often enough."""
        (kept,) = self._supervisor.statuses()
        if kept.pid is not None:
            os.kill(kept.pid, signal.SIGKILL)
        return kept.state is State.GIVEN_UP


@dataclass
class Machine:
    """Nacre's home is on a disk of 32 MB with 256 files, its data.db elsewhere, so that it can be filled."""

    home: Path
    store: Store
    traffic: Traffic
    logs: "Logs"
    watch: Watch

    def fill(self, leaving_mb: int) -> None:
        free = int(self.watch.numbers("host")["disk_free"])
        subprocess.run(["fallocate", "-l", str(free - leaving_mb * MB), self.home / "big.file"], check=True)

    def empty(self) -> None:
        for path in self.home.glob("*.file"):
            path.unlink()

    def set(self, rule: str, **changed: float) -> None:
        self.watch.book.set_rule(OWNER, RULES[rule].model_copy(update={"hold_s": 0.0, **changed}))

    def answered(self, status: int, seconds: float, times: int) -> None:
        for _ in range(times):
            self.traffic.note(status, seconds)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    folder, clock, traffic, loop = tmp_path_factory.mktemp("machine"), Turned(), Traffic(), asyncio.new_event_loop()
    with ExitStack() as opened:
        home = opened.enter_context(small_disk(folder)) if os.geteuid() == 0 else folder
        store = opened.enter_context(closing(Store(folder / "data.db")))
        opened.callback(loop.close)
        logs = Logs(folder)
        jobs = Jobs(store, clock)
        nodes = Nodes(store, clock, jobs)
        nodes.add("far", ["runtime"], OWNER)
        daemon = OfDaemon(store, traffic, loop, Ring(), Following(folder / FILE, logs.run))
        probes = (OfHost(home), daemon, OfNodes(nodes, jobs, clock, ThisOne(home)))
        yield Machine(home, store, traffic, logs, opened.enter_context(watching(store, clock, probes, folder / "key")))


@dataclass
class ThisOne:
    """A node that tells how busy this machine is: as an agent does, without what is between the two."""

    home: Path

    def report(self, node: str) -> Report:
        return Report(version="1", apps=(), instances=(), at_s=time.monotonic(), machine=measured(self.home))


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    image, home = folder / "image", folder / "home"
    with image.open("wb") as file:
        file.truncate(32 * MB)
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", "-N", "256", image], check=True)
    mount_store(image, home)
    try:
        yield home
    finally:
        unmount_store(home)


@pytest.fixture(autouse=True)
def nothing_is_left(machine: Machine) -> Iterator[None]:
    """Of one test in the next: it is over, and all rules are off."""
    yield
    machine.empty()
    for rule in DEFAULTS:
        machine.watch.book.set_rule(OWNER, rule.model_copy(update={"enabled": False}))
    machine.watch.look()


@pytest.mark.root
@pytest.mark.parametrize("rule", ["disk-full", "disk-low"])
def test_a_disk_that_is_filled(machine: Machine, rule: str) -> None:
    machine.watch.only(rule)
    machine.watch.look()
    assert not machine.watch.alerter.standing()
    machine.fill(leaving_mb=0 if rule == "disk-full" else 2)
    machine.watch.fires_and_is_over(RULES[rule].title, machine.empty)


@pytest.mark.root
def test_a_disk_of_a_node_that_is_filled(machine: Machine) -> None:
    machine.watch.only("node-disk-low")
    machine.fill(leaving_mb=2)
    machine.watch.fires_and_is_over(f"{RULES['node-disk-low'].title} (far)", machine.empty)


def test_memory_that_runs_out_on_a_node(machine: Machine) -> None:
    rule = "node-memory-low"
    machine.watch.only(rule, below=2.0)
    machine.watch.fires_and_is_over(f"{RULES[rule].title} (far)", lambda: machine.set(rule, **calm(rule)))


@pytest.mark.root
def test_a_disk_that_can_hold_no_more_files(machine: Machine) -> None:
    machine.watch.only("inodes-low")
    for number in range(int(machine.watch.numbers("host")["inodes_free"])):
        (machine.home / f"{number}.file").touch()
    machine.watch.fires_and_is_over(RULES["inodes-low"].title, machine.empty)


@pytest.mark.root
def test_a_disk_that_would_be_full_within_a_day(machine: Machine) -> None:
    """It says so before the disk is low, and not before there is a quarter of an hour to go by."""
    machine.watch.only("disk-full-soon")
    machine.watch.look(later=timedelta(hours=2))  # what other tests did is an hour past
    for grown in range(1, 14):
        with (machine.home / "log.file").open("ab") as log:
            log.write(bytes(64 * 1024))
        machine.watch.look(later=timedelta(minutes=1))
        assert not machine.watch.alerter.standing(), f"after {grown} minutes"
    assert machine.watch.numbers("host")["disk_free"] > 20 * MB
    machine.watch.fires_and_is_over(RULES["disk-full-soon"].title, machine.empty, later=timedelta(minutes=2))


@pytest.mark.parametrize(
    ("rule", "measure"),
    [("memory-low", "memory_available"), ("memory-stalls", "memory_stall_percent"), ("disk-stalls", "io_stall_percent"),
     ("processors-busy", "cpu_percent"), ("file-handles", "file_handles")],
)  # fmt: skip
def test_what_the_kernel_tells_of_memory_disks_processors_and_handles(
    machine: Machine, rule: str, measure: str
) -> None:
    if isnan(machine.watch.numbers("host")[measure]):
        pytest.skip("this kernel does not tell of pressure")
    machine.watch.only(rule, **({"below": 2.0} if RULES[rule].below is not None else {"above": -1.0}))
    machine.watch.fires_and_is_over(RULES[rule].title, lambda: machine.set(rule, **calm(rule)))


def calm(rule: str) -> dict[str, float]:
    """A bound beyond which nothing is."""
    return {"below": 0.0} if RULES[rule].below is not None else {"above": 1e15}


def test_requests_that_fail(machine: Machine) -> None:
    machine.watch.only("nacre-failing")
    machine.watch.look(later=timedelta(minutes=6))
    machine.answered(200, 0.01, 50)
    machine.answered(500, 0.01, 50)
    machine.watch.fires_and_is_over(
        RULES["nacre-failing"].title, lambda: machine.answered(200, 0.01, 5000), later=timedelta(minutes=1)
    )


def test_answers_that_take_long(machine: Machine) -> None:
    machine.watch.only("nacre-slow")
    machine.answered(200, 9.0, 100)
    machine.watch.fires_and_is_over(RULES["nacre-slow"].title, lambda: machine.answered(200, 0.01, 100))


def test_a_log_of_data_db_that_a_reader_keeps_from_shrinking(machine: Machine) -> None:
    """Once the reader is gone it shrinks by itself, as people go on to write."""
    machine.watch.only("nacre-log", above=18 * MB)
    with closing(apsw.Connection(str(machine.store.path))) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM alert_rule").fetchall()
        write(machine, "CREATE TABLE filler (bytes BLOB)", "INSERT INTO filler VALUES (zeroblob(20000000))")

        def end() -> None:
            reader.execute("ROLLBACK")
            for _ in range(3):
                write(machine, "DELETE FROM filler", "INSERT INTO filler VALUES (1)")

        machine.watch.fires_and_is_over(RULES["nacre-log"].title, end)


def test_the_process_that_follows_logs_is_killed_again_and_again(machine: Machine) -> None:
    machine.watch.only("logs-not-followed")
    with machine.logs.followed():
        eventually(lambda: machine.watch.numbers("daemon")["logs_followed"] == 1)
        assert not machine.watch.alerter.standing()
        eventually(machine.logs.killed_until_given_up, every_s=0.01)
        machine.watch.fires_and_is_over(
            RULES["logs-not-followed"].title, lambda: eventually(machine.logs.run), later=timedelta(0)
        )


def write(machine: Machine, *statements: str) -> None:
    with machine.store.write() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_what_begins_together_is_one_message_repeated_sparingly_until_somebody_sees_to_it(machine: Machine) -> None:
    machine.watch.only("memory-low", below=2.0)
    machine.set("processors-busy", above=-1.0)
    told = machine.watch.hook.titles
    machine.watch.look()
    eventually(lambda: len(machine.watch.hook.titles) == len(told) + 1)
    assert machine.watch.hook.titles[-1] == "🔴 2 alerts"
    said = machine.watch.hook.got[-1]["message"]
    assert said.index("Memory is running out") < said.index("All processors are busy")
    machine.watch.look(later=timedelta(hours=3, minutes=59))
    machine.watch.alerter.acknowledge(OWNER, ("processors-busy", ""))
    machine.watch.look(later=timedelta(minutes=2))
    eventually(lambda: len(machine.watch.hook.titles) == len(told) + 2)
    machine.watch.look(later=timedelta(hours=3))
    assert machine.watch.hook.titles[-1] == "🔴 Memory is running out"
    assert "nobody has acknowledged it" in machine.watch.hook.got[-1]["message"]
    machine.set("memory-low", below=0.0)
    machine.set("processors-busy", above=1000.0)
    machine.watch.look()
    eventually(lambda: len(machine.watch.hook.titles) == len(told) + 3)
    assert machine.watch.hook.titles[-1] == "✅ 2 over"


def test_a_hold_that_ends_between_two_looks_is_looked_at_then(machine: Machine) -> None:
    machine.watch.only("memory-low", below=2.0, hold_s=0.3)
    before = len(machine.watch.hook.titles)
    with machine.watch.looking_by_itself():
        eventually(lambda: machine.watch.hook.titles[before:], within_s=20)
    (told, *_) = machine.watch.book.events(1)
    assert told.time - told.since < timedelta(seconds=20)


def test_no_look_is_wanted_for_what_is_not_known_any_more(machine: Machine) -> None:
    machine.watch.only("nacre-slow", hold_s=60.0)
    machine.answered(200, 9.0, 10)
    machine.watch.look()
    now_ms, wanted_ms = machine.watch.clock().timestamp() * 1000, machine.watch.alerter.held_at_ms()
    assert wanted_ms is not None and 50_000 < wanted_ms - now_ms <= 60_000
    machine.watch.look(later=timedelta(minutes=2))  # in which there were no requests
    assert machine.watch.alerter.standing() and machine.watch.alerter.held_at_ms() is None


def test_what_fires_and_is_not_known_any_more_is_over_with_a_word(machine: Machine) -> None:
    machine.watch.only("nacre-slow")
    machine.answered(200, 9.0, 10)
    before = len(machine.watch.hook.titles)
    machine.watch.look()
    eventually(lambda: len(machine.watch.hook.titles) == before + 1)
    for _ in range(3):  # in which there were no requests
        machine.watch.look(later=timedelta(minutes=20))
    eventually(lambda: len(machine.watch.hook.titles) == before + 2)
    assert machine.watch.hook.titles[-1] == "✅ Over: Nacre itself answers slowly (not measured any more)"


def test_a_silence_over_a_group_keeps_all_of_it_quiet_until_it_ends(machine: Machine) -> None:
    machine.watch.only("memory-low", below=2.0)
    machine.set("memory-stalls", above=-1.0)
    before, until = len(machine.watch.hook.titles), machine.watch.clock() + timedelta(hours=1)
    machine.watch.book.silence(OWNER, "memory-*", "*", until, "more memory is put in")
    machine.watch.look()
    machine.set("processors-busy", above=-1.0)
    machine.watch.look()
    eventually(lambda: len(machine.watch.hook.titles) == before + 1)
    assert machine.watch.hook.titles[-1] == "ℹ️ All processors are busy"
    machine.watch.look(later=timedelta(hours=1))
    eventually(lambda: len(machine.watch.hook.titles) == before + 2)
    assert "Memory is running out" in machine.watch.hook.got[-1]["message"]


@pytest.mark.parametrize("table", ["alert_event", "alert_rule"])
def test_no_beat_comes_while_alerts_are_not_looked_after(
    machine: Machine, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be written, and rules that cannot be read: whoever counts the beats is the only one to tell."""
    monkeypatch.setattr(heartbeat, "_EVERY_S", 0.0)
    with receiver() as watcher, closing(apsw.Connection(str(machine.store.path))) as meddler:
        beat = Heartbeat(watcher.address.replace("json://", "http://"), machine.watch.alerter.works)
        beat.start()
        with closing(beat):
            machine.watch.look()
            beat.look(0)
            eventually(lambda: watcher.asked == 1)
            meddler.execute(f"ALTER TABLE {table} RENAME TO moved")
            look_anew(machine)
            eventually(lambda: not machine.watch.alerter.works())
            beat.look(0)
            meddler.execute(f"ALTER TABLE moved RENAME TO {table}")
            look_anew(machine)
            eventually(machine.watch.alerter.works)
            beat.look(0)
            eventually(lambda: watcher.asked > 1)
    assert watcher.asked == 2


def test_what_could_not_be_written_is_told_once_it_can_be(machine: Machine) -> None:
    machine.watch.only("memory-low", below=-1.0)
    machine.watch.look()
    before = len(machine.watch.hook.titles)
    with closing(apsw.Connection(str(machine.store.path))) as meddler:
        meddler.execute("ALTER TABLE alert_event RENAME TO moved")
        machine.set("memory-low", below=2.0)
        machine.watch.look()
        eventually(lambda: not machine.watch.alerter.works())
        meddler.execute("ALTER TABLE moved RENAME TO alert_event")
    look_anew(machine)
    eventually(lambda: machine.watch.hook.titles[before:] == ["🔴 Memory is running out"])


def look_anew(machine: Machine) -> None:
    """As after somebody wrote to data.db."""
    write(machine)
    machine.watch.look()
