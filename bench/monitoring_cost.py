"""What it costs to look at 50 databases and 50 published apps every ten seconds, with requests to those apps.

Promises: collecting takes ≤ 1 % of one core, and ≤ 30 MB of memory of the daemon's own. It is counted by the processor
time of the threads that look, write down and alert; what is asked of every branch once in a minute or in five counts by
its share. Beside it stand what the whole daemon takes more than while it does not look, by turns of two looks each in
one process, which varies by more than the promise since all of Nacre goes on meanwhile; and the process that follows
logs.

There are 25 projects with two apps each, published by `nacre publish`: one on a production database of its own, and a
preview on that of its branch. Each is a small server in a sandbox of its own; all are asked in turn through the
gateway, 20 times a second altogether, and its log is counted. The peer for databases is Debian's
prometheus-postgres-exporter, asked for the same ones as often.
"""

import argparse
import json
import os
import ssl
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench._looking import EVERY_S, Told, Turn
from bench._nacre import Nacre, free_port, prepare
from bench._place import home_on, need_root_and
from bench._result import Results
from bench._traffic import MB
from bench._turns import interval
from bench.scale_to_zero import APP

_EXPORTER = "/usr/bin/prometheus-postgres-exporter"
_EXPORTER_S = 40.0
_REQUESTS_PER_S = 20.0
_UP_WITHIN_S = 300.0
_LAUNCH = """
import sys
from bench._looking import by_turns
from nacre.surfaces.cli.main import main
by_turns({pairs}, {begin!r}, {told!r})
sys.exit(main(["up"]))
"""
Pair = tuple[Turn, Turn]


@dataclass(frozen=True)
class Cost:
    """Of a process: the share of a core in percent, and what it holds of its own in bytes."""

    core_percent: float
    memory: int


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--projects", type=int, default=25, help="with two databases and two apps each")
    arguments.add_argument(
        "--pairs", type=int, default=4, help="of turns of 20 seconds, one with looks and one without"
    )
    arguments.add_argument("--quick", action="store_true", help="one project, one pair")
    given = arguments.parse_args()
    projects, pairs = (1, 1) if given.quick else (given.projects, given.pairs)
    many, title = 2 * projects, f"looking at {2 * projects} databases and {2 * projects} apps every {EVERY_S:g} s"
    results = Results("monitoring_cost", title)
    with home_on("plain") as home:
        content = free_port()
        nacre = prepare(home, MODE="full", CONSOLE="false", CONTENT_PORT=str(content))
        furnish(nacre, projects)
        with running(nacre, many, pairs) as daemon:
            with asking(home, content, [each["name"] for each in nacre.call("app", "list")]):
                told, follower = measured(nacre, daemon)
            peer = peers(databases(nacre, projects), _EXPORTER_S)
    tell(results, told, many, follower)
    results.note("the daemon, before it looked for the first time", f"{told.memory_before / MB:.0f} MB of its own")
    results.note("the process that follows logs holds", f"{follower.memory / MB:.0f} MB")
    for what, held, look_s in (
        ("used", told.sessions_used, told.look_used_s),
        ("unused", told.sessions_unused, told.look_unused_s),
    ):
        results.note(f"all databases {what}", f"sessions hold {held / MB:.0f} MB, a look takes {look_s * 1000:.0f} ms")
    results.note("postgres_exporter", f"{peer.core_percent:.2f} %, {peer.memory / MB:.0f} MB")
    results.keep()


def tell(results: Results, told: Told, many: int, follower: Cost) -> None:
    pairs = list(
        zip([one for one in told.turns if one.looks], [one for one in told.turns if not one.looks], strict=True)
    )
    seldom = 100 * sum(took_s / times * many / good_for_s for took_s, times, good_for_s in told.seldom.values())
    steady, within = more(pairs), interval(pairs, more)
    looks = statistics.fmean(100 * on.looking_s / on.passed_s for on, _ in pairs)
    following = statistics.fmean(100 * on.following_s / on.passed_s for on, _ in pairs)
    for kind, (took_s, times, good_for_s) in told.seldom.items():
        results.note(f"one branch's {kind}", f"{took_s / times * 1000:.1f} ms, good for {good_for_s:g} s")
    results.note("the daemon while it does not look", f"{statistics.fmean(map(of_daemon, without(pairs))):.2f} %")
    results.note("the daemon, more than that, 95 in a hundred", str(within))
    results.add("the looks, the share of a core", looks, "%")
    results.add("numbers kept and alerts seen to, the share of a core", following, "%")
    results.add("what is asked once in a minute or in five, the share of a core", seldom, "%")
    results.add("collecting: all of these, the share of a core", looks + following + seldom, "%", 1.0)
    results.add("the whole daemon, the share of a core that it takes more while it looks", steady, "%")
    results.add("the process that follows logs, the share of a core", follower.core_percent, "%")
    results.add("the daemon, the memory that it holds more", (told.memory_after - told.memory_before) / MB, "MB", 30)
    results.add("the databases, the share of a core that they take more", of_postgres(pairs), "%")


def more(pairs: Sequence[Pair]) -> float:
    """Percent of a core that the daemon takes more in turns with looks, without what is asked seldom."""
    return statistics.fmean(of_daemon(on) for on, _ in pairs) - statistics.fmean(map(of_daemon, without(pairs)))


def without(pairs: Sequence[Pair]) -> list[Turn]:
    return [off for _, off in pairs]


def of_daemon(turn: Turn) -> float:
    return 100 * (turn.process_s - turn.seldom_s) / turn.passed_s


def of_postgres(pairs: Sequence[Pair]) -> float:
    return statistics.fmean(100 * (on.postgres_s / on.passed_s - off.postgres_s / off.passed_s) for on, off in pairs)


def furnish(nacre: Nacre, projects: int) -> None:
    nacre.call("up", "--detach")
    try:
        with ThreadPoolExecutor(2) as both:
            list(both.map(lambda number: furnish_one(nacre, f"shop{number}"), range(projects)))
    finally:
        nacre.call("down")


def furnish_one(nacre: Nacre, name: str) -> None:
    nacre.call("project", "create", name)
    files = Path(nacre.call("project", "show", name)["files_path"])
    (files / "app.py").write_text(APP)
    (files / "requirements.txt").write_text("")
    (files / "nacre.toml").write_text('[publish]\nstart = "python3 app.py"\n')
    nacre.call("publish", name)
    nacre.call("publish", name, "--preview")


def databases(nacre: Nacre, projects: int) -> list[str]:
    names = [f"shop{number}{branch}" for number in range(projects) for branch in ("", ":production")]
    with ThreadPoolExecutor(2) as both:
        return list(both.map(nacre.url, names))


@contextmanager
def running(nacre: Nacre, many: int, pairs: int) -> Iterator[int]:
    """The daemon that looks by turns, by its process number, once all databases and apps are up."""
    launch = _LAUNCH.format(pairs=pairs, begin=str(nacre.home / "begin.json"), told=str(nacre.home / "told.json"))
    with (nacre.home / "looking.log").open("wb") as log:
        daemon = subprocess.Popen([sys.executable, "-c", launch], env=nacre.environment, stdout=log, stderr=log)
    try:
        until_up(nacre, many)
        yield daemon.pid
    finally:
        daemon.terminate()
        daemon.wait()


def until_up(nacre: Nacre, many: int) -> None:
    end = time.monotonic() + _UP_WITHIN_S
    while time.monotonic() < end:
        try:
            branches, apps = nacre.call("status")["branches"], nacre.call("app", "list")
        except SystemExit:  # it does not answer yet
            branches, apps = [], []
        pids = [one["pid"] for one in branches if one["pid"]]
        if len(pids) == many and sum(app["status"] == "running" for app in apps) == many:
            return
        time.sleep(0.5)
    raise SystemExit("The databases and apps did not come up.")


def measured(nacre: Nacre, daemon: int) -> tuple[Told, Cost]:
    """What the daemon told of its turns, and the process that follows logs meanwhile."""
    told, follower = nacre.home / "told.json", follower_of(nacre.home)
    (nacre.home / "begin.json").write_text(json.dumps([one["pid"] for one in nacre.call("status")["branches"]]))
    before, began = processor_s(follower), time.monotonic()
    while not told.exists():
        if not Path(f"/proc/{daemon}").exists():
            raise SystemExit((nacre.home / "looking.log").read_text()[-2000:])
        time.sleep(0.5)
    share = (processor_s(follower) - before) / (time.monotonic() - began) * 100
    return Told.read(told), Cost(share, anonymous_bytes(follower))


@contextmanager
def asking(home: Path, content: int, apps: Sequence[str]) -> Iterator[None]:
    """All of these apps asked in turn, as evenly as can be, until the end of the block."""
    ended = threading.Event()
    trusting = ssl.create_default_context(cafile=home / "root.crt")

    def ask() -> None:
        with httpx.Client(base_url=f"https://localhost:{content}", verify=trusting, timeout=30) as visitor:
            number = 0
            while not ended.wait(1 / _REQUESTS_PER_S):
                answer = visitor.get(f"/apps/{apps[number % len(apps)]}/")
                assert answer.text == "hello", answer.text
                number += 1

    with ThreadPoolExecutor(1) as beside:
        going = beside.submit(ask)
        try:
            yield
        finally:
            ended.set()
            going.result()


def follower_of(home: Path) -> int:
    for each in [one for one in Path("/proc").iterdir() if one.name.isdigit()]:
        if "nacre.monitoring.logs.process" in said(int(each.name)) and (each / "cwd").readlink() == home:
            return int(each.name)
    raise SystemExit("Nobody follows logs.")


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
        for look in range(2 + round(seconds / EVERY_S)):
            time.sleep(EVERY_S)
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
