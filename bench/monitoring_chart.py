"""How long a chart of seven days takes, five series of a database, read from metrics.db and answered by the API.

Promise: ≤ 30 ms. The peer is Prometheus from Debian, with the same numbers in its own blocks, asked for the same range
at the same resolution. Both are asked over loopback, by connections that are kept.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import time
from array import array
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx

from bench._nacre import free_port, running
from bench._place import home_on, need_root_and
from bench._result import Results
from nacre.monitoring.book.file import File
from nacre.monitoring.book.writing import DAY_MS, HOUR_MS, Writing
from nacre.monitoring.exposition import name_of
from nacre.monitoring.measures.cluster import CLUSTER
from nacre.monitoring.sample import Sample, Subject

_MINUTE_MS = 60_000
_SERIES = ("connections", "active", "commits", "blocks_hit", "wal_written")
_POINTS, _MOST = 700, 5000


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--databases", type=int, default=10, help="how many are in the file")
    arguments.add_argument("--rounds", type=int, default=100)
    arguments.add_argument("--quick", action="store_true", help="one database, few rounds, no peer")
    given = arguments.parse_args()
    databases, rounds = (1, 10) if given.quick else (given.databases, given.rounds)
    results = Results(
        "monitoring_chart", f"seven days of {len(_SERIES)} series, of {databases} databases by the minute"
    )
    now_ms = int(time.time()) // 60 * _MINUTE_MS
    with home_on("plain") as home:
        fill(home / "metrics.db", databases, now_ms)
        results.note("metrics.db", f"{(home / 'metrics.db').stat().st_size / 1e6:.0f} MB")
        with running(home, CONSOLE="false", PORT=str(port := free_port())) as nacre:
            key = nacre.call("token", "create", "chart")["token"]
            with httpx.Client(
                base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {key}"}
            ) as client:
                measure(results, client, home / "metrics.db", now_ms, rounds)
        if not given.quick:
            with prometheus(home, now_ms) as peer:
                asked = [times(partial(peer, name), rounds) for name in _SERIES]
            whole = [sum(each) for each in zip(*asked, strict=True)]
            results.note(
                "Prometheus, the same five one after another, p50", f"{statistics.median(whole) * 1000:.1f} ms"
            )
            own = next(line.figure for line in results.lines)
            results.add("p50 ÷ Prometheus", own / (statistics.median(whole) * 1000), "×")
    results.keep()


def measure(results: Results, client: httpx.Client, file: Path, now_ms: int, rounds: int) -> None:
    def chart(points: int, days: float = 7) -> None:
        parameters = asked(now_ms, points, days)
        answer = client.get("/api/monitoring/series", params=parameters).raise_for_status().json()
        if len(answer) != len(_SERIES) or not all(len(one["times"]) > 0.7 * min(points, 672) for one in answer):
            raise SystemExit(f"The chart has {[len(one['times']) for one in answer]} points.")

    chart(_POINTS)
    taken = times(lambda: chart(_POINTS), rounds)
    results.add(f"{_POINTS} points of each, p50", statistics.median(taken) * 1000, "ms", 30)
    results.add(f"{_POINTS} points of each, p95", sorted(taken)[int(0.95 * len(taken))] * 1000, "ms", 30)
    cold = times(lambda: chart(_POINTS), 5, before=lambda: dropped(file))
    results.add("the same, with nothing of the file in memory, p50", statistics.median(cold) * 1000, "ms", 30)
    fine = times(lambda: chart(_MOST, days=6.5), max(rounds // 5, 3))
    results.add("six days and a half, 5,000 points of each, p50", statistics.median(fine) * 1000, "ms")


def asked(now_ms: int, points: int, days: float) -> dict[str, object]:
    since, until = (datetime.fromtimestamp(ms / 1000, UTC).isoformat() for ms in (now_ms - int(days * DAY_MS), now_ms))
    return {
        "kind": "cluster",
        "measure": list(_SERIES),
        "label": "shop0",
        "since": since,
        "until": until,
        "points": points,
    }


def times(work: Callable[[], object], rounds: int, before: Callable[[], object] = lambda: None) -> list[float]:
    taken = []
    for _ in range(rounds):
        before()
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return taken


def dropped(file: Path) -> None:
    """Have the kernel forget what it has of a file."""
    for each in file.parent.glob(f"{file.name}*"):
        descriptor = os.open(each, os.O_RDONLY)
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def fill(path: Path, databases: int, now_ms: int) -> None:
    """Seven days by the minute, sealed hour by hour as it is done while they pass."""
    file, writing = File(path), Writing()
    for hour_ms in range((now_ms - 7 * DAY_MS) // HOUR_MS * HOUR_MS, now_ms, HOUR_MS):
        looks = [
            Sample(Subject("cluster", f"shop{number}"), time_ms, array("d", numbers(time_ms, number)))
            for number in range(databases)
            for time_ms in range(hour_ms, min(hour_ms + HOUR_MS, now_ms), _MINUTE_MS)
        ]
        with file.writing() as connection:
            writing.append(connection, looks)
            writing.seal(connection, hour_ms + HOUR_MS)
    file.close()


def numbers(time_ms: int, database: int) -> list[float]:
    """Of one look: counters that grow, and numbers that go up and down."""
    chance, minute = random.Random(time_ms + database), time_ms // _MINUTE_MS
    return [
        minute * (100.0 + place) + chance.randrange(100) if measure.counter else float(chance.randrange(50))
        for place, measure in enumerate(CLUSTER.measures)
    ]


@contextmanager
def prometheus(home: Path, now_ms: int) -> Iterator[Callable[[str], None]]:
    """One with the five series of one database in it; what it gives asks for one of them."""
    need_root_and("/usr/bin/prometheus", "prometheus")
    text, data, port = home / "metrics.txt", home / "prometheus", free_port()
    with text.open("w") as written:
        for name in _SERIES:
            measure = CLUSTER.measures[CLUSTER.places[name]]
            series, place = name_of(CLUSTER, measure), CLUSTER.places[name]
            written.write(f"# TYPE {series} {'counter' if measure.counter else 'gauge'}\n")
            for time_ms in range(now_ms - 7 * DAY_MS, now_ms, _MINUTE_MS):
                total = "_total" if measure.counter else ""
                written.write(f'{series}{total}{{branch="shop0"}} {numbers(time_ms, 0)[place]} {time_ms // 1000}\n')
        written.write("# EOF\n")
    create = ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(text), str(data)]
    subprocess.run(create, check=True, stdout=subprocess.DEVNULL)
    (home / "prometheus.yml").write_text("{}")
    argv = ["prometheus", f"--config.file={home / 'prometheus.yml'}", f"--storage.tsdb.path={data}",
            f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=30d"]  # fmt: skip
    server = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            until_ready(client)
            yield lambda name: ranged(client, name, now_ms)
    finally:
        server.terminate()
        server.wait()


def ranged(client: httpx.Client, name: str, now_ms: int) -> None:
    measure = CLUSTER.measures[CLUSTER.places[name]]
    series, step_s = name_of(CLUSTER, measure), 7 * DAY_MS // _POINTS // 1000
    query = f"rate({series}_total[15m])" if measure.counter else f"avg_over_time({series}[15m])"
    asked: Mapping[str, str | float] = {
        "query": query, "start": (now_ms - 7 * DAY_MS) / 1000, "end": now_ms / 1000, "step": step_s,
    }  # fmt: skip
    answer = client.get("/api/v1/query_range", params=dict(asked)).raise_for_status()
    if len(json.loads(answer.content)["data"]["result"][0]["values"]) < 0.9 * _POINTS:
        raise SystemExit("Prometheus has not all of it.")


def until_ready(client: httpx.Client) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if client.get("/-/ready").status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise SystemExit("Prometheus did not come up.")


if __name__ == "__main__":
    main()
