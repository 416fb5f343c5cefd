"""What it costs to look at 50 databases every ten seconds: the daemon with and without it, and postgres_exporter.

Promises: ≤ 1 % of one core and ≤ 30 MB of memory of its own for the daemon, beside the same daemon that measures
nothing. The peer is Debian's prometheus-postgres-exporter, asked for the same databases as often.
"""

import argparse
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench._nacre import Nacre, free_port, prepare
from bench._place import home_on, need_root_and
from bench._result import Results
from bench._traffic import MB
from nacre.engines.processes.memory import own_pss_bytes
from nacre.monitoring.sample import Sample

_EXPORTER = "/usr/bin/prometheus-postgres-exporter"
_EVERY_S = 10.0
_LOOKS = "looks"
_LAUNCH = """
import sys
from bench.monitoring_cost import in_daemon
from nacre.surfaces.cli.main import main
in_daemon({what!r}, {told!r})
sys.exit(main(["up"]))
"""


@dataclass(frozen=True)
class Cost:
    """Of one process over a while: the share of a core, and what it holds of its own in bytes. Of that, the share that
    its looks took by themselves; and what the sessions hold that it keeps in the databases."""

    core_percent: float
    memory: int
    looks_percent: float = 0.0
    sessions: int = 0


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--clusters", type=int, default=50)
    arguments.add_argument("--seconds", type=float, default=120)
    arguments.add_argument("--rounds", type=int, default=2)
    arguments.add_argument("--quick", action="store_true", help="3 clusters, 20 seconds, once")
    given = arguments.parse_args()
    clusters, seconds, rounds = (3, 20.0, 1) if given.quick else (given.clusters, given.seconds, given.rounds)
    results = Results("monitoring_cost", f"looking at {clusters} databases every {_EVERY_S:g} s")
    with home_on("plain") as home:
        nacre = prepare(home, CONSOLE="false")
        nacre.call("up", "--detach")
        try:
            with ThreadPoolExecutor(2) as both:
                list(both.map(lambda number: nacre.call("project", "create", f"shop{number}"), range(clusters)))
            urls = [nacre.url(f"shop{number}") for number in range(clusters)]
        finally:
            nacre.call("down")
        costs = {
            what: [measured(nacre, what, clusters, seconds) for _ in range(rounds)] for what in ("without", "with")
        }
        with running(nacre, "without", clusters):
            peer = peers(urls, seconds)
    bare, looking = (min(costs[what], key=lambda cost: cost.core_percent) for what in ("without", "with"))
    own, memory = looking.core_percent - bare.core_percent, looking.memory - bare.memory
    results.add("the looks by themselves, the share of a core", looking.looks_percent, "%", 1.0)
    results.add("the daemon, the share of a core that it takes more", own, "%", 1.0)
    results.add("the daemon, the memory that it holds more", memory / MB, "MB", 30)
    results.note("the daemon that measures nothing", f"{bare.core_percent:.2f} %, {bare.memory / MB:.0f} MB")
    results.note("sessions kept in the databases hold", f"{(looking.sessions - bare.sessions) / MB:.0f} MB")
    results.note("postgres_exporter", f"{peer.core_percent:.2f} %, {peer.memory / MB:.0f} MB")
    results.add("time of processors, ÷ postgres_exporter", looking.looks_percent / peer.core_percent, "×")
    results.add("memory, ÷ postgres_exporter", memory / peer.memory, "×")
    results.keep()


def measured(nacre: Nacre, what: str, clusters: int, seconds: float) -> Cost:
    with running(nacre, what, clusters) as pid:
        time.sleep(2 * _EVERY_S)  # its first look makes the connections
        return cost_of(pid, seconds, nacre.home / _LOOKS)


@contextmanager
def running(nacre: Nacre, what: str, clusters: int) -> Iterator[int]:
    """The daemon with one thing changed, by its process number, once all databases are up."""
    (nacre.home / _LOOKS).write_text("0")
    argv = [sys.executable, "-c", _LAUNCH.format(what=what, told=str(nacre.home / _LOOKS))]
    with (nacre.home / f"{what}.log").open("wb") as log:
        daemon = subprocess.Popen(argv, env=nacre.environment, stdout=log, stderr=log)
    try:
        until_up(nacre, clusters)
        yield daemon.pid
    finally:
        daemon.terminate()
        daemon.wait()


def until_up(nacre: Nacre, clusters: int) -> None:
    end = time.monotonic() + 300
    while time.monotonic() < end:
        try:
            branches = nacre.call("status")["branches"]
        except SystemExit:
            branches = []
        if len(branches) == clusters and all(one["pid"] for one in branches):
            return
        time.sleep(0.5)
    raise SystemExit("The databases did not come up.")


def in_daemon(what: str, told: str) -> None:
    """In the daemon's process: have it measure nothing, or every ten seconds and say what that took by now."""
    from nacre.monitoring import collector
    from nacre.monitoring.book.keeper import Keeper

    if what == "without":
        collector.Collector.start = lambda self: None  # type: ignore[method-assign]
        return
    look, keep, spent = collector.Collector.look, Keeper.keep, {"looking": 0.0, "keeping": 0.0}

    def timed_look(self: collector.Collector) -> list[Sample]:
        began = time.thread_time()
        found = look(self)
        spent["looking"] += time.thread_time() - began
        return found

    def timed_keep(self: Keeper, now_ms: int) -> bool:
        began = time.thread_time()
        kept = keep(self, now_ms)
        spent["keeping"] += time.thread_time() - began
        Path(told).write_text(str(sum(spent.values())))
        return kept

    collector.TICK_S = _EVERY_S
    collector.Collector.look = timed_look  # type: ignore[method-assign]
    Keeper.keep = timed_keep  # type: ignore[method-assign]


def cost_of(pid: int, seconds: float, told: Path) -> Cost:
    before, looks_before, began = processor_s(pid), float(told.read_text()), time.monotonic()
    time.sleep(seconds)
    passed = time.monotonic() - began
    share, looks = (processor_s(pid) - before) / passed, (float(told.read_text()) - looks_before) / passed
    return Cost(share * 100, anonymous_bytes(pid), looks * 100, sessions_bytes())


def sessions_bytes() -> int:
    """What the sessions of the daemon hold in the databases of this machine that stand idle."""
    pids = [int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit()]
    return sum(own_pss_bytes(pid) for pid in pids if said(pid).startswith("postgres: nacre postgres [local] idle"))


def said(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        return ""


def peers(urls: Sequence[str], seconds: float) -> Cost:
    need_root_and(_EXPORTER, "prometheus-postgres-exporter")
    address = f"127.0.0.1:{free_port()}"
    environment = {**os.environ, "DATA_SOURCE_NAME": ",".join(f"{url}?sslmode=disable" for url in urls)}
    # Of several databases it can tell by its older queries alone: the others have no label for them.
    less = ["--no-collector.database", "--no-collector.bgwriter", "--disable-settings-metrics"]
    argv = [_EXPORTER, f"--web.listen-address={address}", *less]
    exporter = subprocess.Popen(argv, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        before, began = 0.0, 0.0
        for look in range(2 + round(seconds / _EVERY_S)):
            time.sleep(_EVERY_S)
            if look == 2:
                before, began = processor_s(exporter.pid), time.monotonic()
            with urllib.request.urlopen(f"http://{address}/metrics", timeout=60) as answer:
                found = answer.read().count(b"pg_stat_database_xact_commit{")
        if not found:
            raise SystemExit("postgres_exporter told nothing of the databases.")
        share = (processor_s(exporter.pid) - before) / (time.monotonic() - began) * 100
        return Cost(share, anonymous_bytes(exporter.pid))
    finally:
        exporter.terminate()
        exporter.wait()


def processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def anonymous_bytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    main()
