"""In a daemon's own process: have it look at everything every ten seconds by turns, and tell what that took."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from bench._turns import turns
from nacre.branches.catalog import Branch
from nacre.engines.host.processes import Processes
from nacre.engines.processes.memory import own_pss_bytes
from nacre.monitoring.alerts.book import AlertBook, Event
from nacre.monitoring.book.keeper import Keeper
from nacre.monitoring.collector import Collector
from nacre.monitoring.probes import resting
from nacre.monitoring.probes.slow import Slow
from nacre.monitoring.sample import Sample

EVERY_S = 10.0
_LOOKS_A_TURN = 2
_SETTLING_S = 10.0
_FIRST, _FOLLOWS = "asked for the first time", "what follows from looks"
_SESSION = "postgres: nacre postgres [local] idle"


@dataclass
class Turn:
    """Seconds: how long it took, what the whole process took of processors, of that the looks, what follows from them
    in threads beside (numbers kept, alerts sent), and what is asked more seldom than every ten seconds; and the
    PostgreSQLs with all their sessions."""

    looks: bool
    passed_s: float = 0.0
    process_s: float = 0.0
    looking_s: float = 0.0
    following_s: float = 0.0
    seldom_s: float = 0.0
    postgres_s: float = 0.0


@dataclass
class Told:
    """`seldom` is what asking one branch took, by kind, but for its first time: seconds altogether, how often, and how
    many seconds it is good for. Memory is that of the process alone. What its sessions hold in the databases, and what
    one look takes, is told both with all of these used and with all unused."""

    turns: list[Turn] = field(default_factory=list)
    seldom: dict[str, tuple[float, int, float]] = field(default_factory=dict)
    memory_before: int = 0
    memory_after: int = 0
    sessions_used: int = 0
    sessions_unused: int = 0
    look_used_s: float = 0.0
    look_unused_s: float = 0.0

    @classmethod
    def read(cls, path: Path) -> "Told":
        said = json.loads(path.read_text())
        return cls(**{**said, "turns": [Turn(**each) for each in said["turns"]]})


def by_turns(pairs: int, begin: str, told: str) -> None:
    """Before the daemon starts. Once there is a file `begin`, in which the PostgreSQLs are told by number, the turns
    begin; at their end what they took is in `told`, and it measures nothing any more."""
    spent = _Spent()
    look, finds_out = Collector.look, Slow._finds_out
    keep, waiting = Keeper.keep, AlertBook.waiting

    def timed_look(self: Collector) -> list[Sample]:
        with spent.by("looks"):
            return look(self)

    def timed_keep(self: Keeper, now_ms: int) -> bool:
        with spent.by(_FOLLOWS):
            return keep(self, now_ms)

    def timed_waiting(self: AlertBook) -> list[Event]:
        with spent.by(_FOLLOWS):
            return waiting(self)

    def timed_finds_out(self: Slow, branch: Branch) -> bool:
        asked = (self.kind.name, branch.id)
        with spent.by(self.kind.name if asked in spent.asked else _FIRST):
            found = finds_out(self, branch)
        spent.asked.add(asked)
        spent.good_for_s[self.kind.name] = self.every_s
        return found

    def start(self: Collector) -> None:
        drive = threading.Thread(target=_drive, args=(self, spent, pairs, Path(begin), Path(told)), daemon=True)
        for thread in (self._threads[1], drive):
            thread.start()

    Collector.look = timed_look  # type: ignore[method-assign]
    Keeper.keep = timed_keep  # type: ignore[method-assign]
    AlertBook.waiting = timed_waiting  # type: ignore[method-assign]
    Slow._finds_out = timed_finds_out  # type: ignore[method-assign]
    Collector.start = start  # type: ignore[method-assign]


@dataclass
class _Spent:
    """Processor time by what it was spent on, and how often."""

    took_s: dict[str, float] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)
    good_for_s: dict[str, float] = field(default_factory=dict)
    asked: set[tuple[str, int]] = field(default_factory=set)

    @contextmanager
    def by(self, what: str) -> Iterator[None]:
        began_s = time.thread_time()
        yield
        self.took_s[what] = self.took_s.get(what, 0.0) + time.thread_time() - began_s
        self.times[what] = self.times.get(what, 0) + 1

    def seldom_s(self) -> float:
        return sum(self.took_s.get(kind, 0.0) for kind in [_FIRST, *self.good_for_s])


def _drive(collector: Collector, spent: _Spent, pairs: int, begin: Path, path: Path) -> None:
    while not begin.exists():
        time.sleep(0.5)
    postgres, processes, told = json.loads(begin.read_text()), Processes(), Told()
    time.sleep(_SETTLING_S)
    told.memory_before = _anonymous_bytes()
    for _ in range(2):  # the first looks make the connections, and ask what is asked seldom
        collector.look()
        time.sleep(EVERY_S)
    for looks in turns(pairs):
        turn = Turn(looks)
        began = _now(spent, processes, postgres)
        for _ in range(_LOOKS_A_TURN):
            due_s = time.monotonic() + EVERY_S
            if looks:
                collector.look()
            time.sleep(max(due_s - time.monotonic(), 0.0))
        ended = _now(spent, processes, postgres)
        turn.passed_s, turn.process_s, turn.looking_s, turn.following_s, turn.seldom_s, turn.postgres_s = (
            after - before for before, after in zip(began, ended, strict=True)
        )
        told.turns.append(turn)
    told.memory_after = _anonymous_bytes()
    told.sessions_used, told.look_used_s = _sessions_bytes(postgres), _look_s(collector)
    resting.STILL_FOR_S = 0.0
    for _ in range(2):
        collector.look()
        time.sleep(EVERY_S)
    told.sessions_unused, told.look_unused_s = _sessions_bytes(postgres), _look_s(collector)
    _have_all_asked(collector)
    told.seldom = {
        kind: (spent.took_s[kind], spent.times[kind], good_for_s) for kind, good_for_s in spent.good_for_s.items()
    }
    path.with_suffix(".part").write_text(json.dumps(asdict(told)))
    path.with_suffix(".part").rename(path)


def _now(spent: _Spent, processes: Processes, postgres: list[int]) -> tuple[float, ...]:
    began_s = time.process_time()
    databases_s = sum(each.cpu_s for each in processes.trees(set(postgres)).values())
    took_s = time.process_time() - began_s
    _now_took[0] += took_s
    own_s = time.process_time() - _now_took[0]
    return (
        time.monotonic(),
        own_s,
        spent.took_s.get("looks", 0.0),
        spent.took_s.get(_FOLLOWS, 0.0),
        spent.seldom_s(),
        databases_s,
    )


_now_took = [0.0]
"""What it took to find out about the databases is none of what is measured."""


def _have_all_asked(collector: Collector) -> None:
    """Each branch once more of what is asked seldom: its first time is dearer, as with nothing of it in memory."""
    slow = [probe for probe in collector._probes if isinstance(probe, Slow)]
    for each in slow:
        each._due_s.clear()
    collector.look()
    for each in slow:
        if each._asking is not None:
            each._asking.join()


def _look_s(collector: Collector) -> float:
    began_s = time.thread_time()
    collector.look()
    return time.thread_time() - began_s


def _sessions_bytes(postgres: list[int]) -> int:
    """What sessions of the daemon's own hold that stand idle in these databases."""
    children = [child for pid in postgres for child in psutil.Process(pid).children()]
    return sum(own_pss_bytes(one.pid) for one in children if " ".join(one.cmdline()).startswith(_SESSION))


def _anonymous_bytes() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0
