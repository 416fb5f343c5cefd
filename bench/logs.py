"""Logs: a rare word in 1 GB beside grep over the same files, lines counted, and how fast lines are taken in.

Promises: a rare word is found within a second the first time, and at least five times as fast as `grep -F` by bytes
finds it when both have the files in memory; at least 20,000 lines a second are taken in, none lost. The lines are those
of a gateway (JSON), of Postgres and of an app, a third each; every word that is looked for is an id from somewhere in
them. grep and search take turns, so that a busy machine is as busy for both.
"""

import argparse
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from bench._log_lines import SOURCES
from bench._result import Results
from nacre.engines.logs.asking import asked
from nacre.engines.logs.counts import counts
from nacre.engines.logs.line import Entry, Level, Place
from nacre.engines.logs.query import Query
from nacre.engines.logs.reader import Reader
from nacre.engines.logs.search import Found, ends, search
from nacre.engines.logs.shelf import Shelf
from nacre.monitoring.logs.follower import SHELF
from nacre.monitoring.logs.source import Source, write_plan

START_MS = 1_790_000_000_000
AT_ONCE = 2000
WORDS = 15


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--megabytes", type=int, default=1024)
    arguments.add_argument("--followed-megabytes", type=int, default=256, help="what the follower is given")
    arguments.add_argument("--quick", action="store_true", help="32 MB")
    given = arguments.parse_args()
    size, followed = (32 << 20, 16 << 20) if given.quick else (given.megabytes << 20, given.followed_megabytes << 20)
    results = Results("logs", f"{size >> 20} MB of log lines searched, beside grep, and taken in")
    with tempfile.TemporaryDirectory(prefix="nb") as folder:
        place = Path(folder)
        files = write(results, place, size)
        readers = {file.stem: Reader(place / file.stem) for file in files}
        look_for(results, readers, files, promised=None if given.quick else 5.0)
        count(results, readers)
        follow(results, place, files, followed)
    results.keep()


def write(results: Results, place: Path, size: int) -> list[Path]:
    """The raw files and the shelves of their lines."""
    files, lines, taking_s, kept = [], 0, 0.0, 0
    for number, source in enumerate(SOURCES):
        path = place / f"{source.__name__}.log"
        shelf, made, written = Shelf(place / path.stem), source(number, START_MS), 0
        with path.open("wb") as file:
            while written < size // len(SOURCES):
                entries = [Entry(time_ms, Level(level), text) for time_ms, level, text in islice(made, AT_ONCE)]
                written += file.write(b"".join(entry.text + b"\n" for entry in entries))
                began = time.perf_counter()
                shelf.add(entries, Place(1, written))
                taking_s += time.perf_counter() - began
                lines += len(entries)
        shelf.close()
        files.append(path)
        kept += sum(each.stat().st_size for each in shelf.folder.iterdir())
    results.add("lines put on shelves", lines / taking_s, "/s", 20_000, at_least=True)
    results.add("what shelves take ÷ the raw lines", kept / sum(file.stat().st_size for file in files), "×")
    return files


def look_for(results: Results, readers: dict[str, Reader], files: list[Path], promised: float | None) -> None:
    """In few megabytes the tails, which have no filters yet, are most of it: nothing is promised there."""
    words = [word for file in files for word in rare_words(file, WORDS // len(files))]
    first, again, grepped = [], [], []
    for word in words:
        first.append(timed({name: Reader(reader.folder) for name, reader in readers.items()}, word))
        timed(readers, word)
        grepped.append(grep(word, files))
        again.append(timed(readers, word))
    results.add("a rare word, first", statistics.median(first), "s", 1.0)
    results.add("a rare word, again", statistics.median(again) * 1000, "ms")
    results.add("grep -F, by bytes, over the same lines", statistics.median(grepped) * 1000, "ms")
    results.add(
        "grep ÷ search again", statistics.median(grepped) / statistics.median(again), "×", promised, at_least=True
    )


def rare_words(file: Path, count: int) -> Iterator[str]:
    """The longest word of lines here and there: an id, or a number."""
    chance, size = random.Random(file.name), file.stat().st_size
    with file.open("rb") as lines:
        for _ in range(count):
            lines.seek(chance.randrange(size - 10_000))
            lines.readline()
            line = lines.readline().decode()
            yield max("".join(one if one.isalnum() and one.isascii() else " " for one in line).split(), key=rarity)


def rarity(word: str) -> tuple[int, int]:
    return sum(map(str.isdigit, word)) if len(word) > 4 else 0, len(word)


def timed(readers: dict[str, Reader], word: str) -> float:
    began = time.perf_counter()
    found: Found = search(readers, Query(asked(word)))
    took = time.perf_counter() - began
    assert found.hits and (found.finished or len(found.hits) == 200), word
    return took


def grep(word: str, files: list[Path]) -> float:
    """How long it takes, with its answer thrown into a pipe."""
    began = time.perf_counter()
    argv = ["grep", "-F", "-h", word, *map(str, files)]
    answer = subprocess.run(argv, env={**os.environ, "LC_ALL": "C"}, capture_output=True, check=True).stdout
    took = time.perf_counter() - began
    assert word.encode() in answer
    return took


def count(results: Results, readers: dict[str, Reader]) -> None:
    for what, query in (("all lines", Query()), ("those of level error", Query(least=Level.ERROR))):
        times = []
        for _ in range(5):
            began = time.perf_counter()
            counted = counts(readers, query, START_MS, START_MS + (1 << 32))
            times.append(time.perf_counter() - began)
            assert counted.whole_from_ms is None
        results.add(f"{what} counted by time and level", statistics.median(times) * 1000, "ms")


def follow(results: Results, place: Path, files: list[Path], size: int) -> None:
    """As the daemon does: a process of its own follows files while they are written as fast as it goes."""
    shares = [list(islice(file.open("rb"), size // len(files) // 200)) for file in files]
    expected = sum(map(len, shares))
    sources = [Source(file.stem, file.stem, "nacre", str(place / "live" / file.name)) for file in files]
    (place / "live").mkdir()
    for source in sources:
        Path(source.path).touch()
    write_plan(place / "plan.json", sources)
    slowest, before = 0.0, resource.getrusage(resource.RUSAGE_CHILDREN)
    with following(place):
        began = time.perf_counter()
        for source, share in zip(sources, shares, strict=True):
            with Path(source.path).open("ab", buffering=0) as file:
                for at in range(0, len(share), 100):
                    chunk = b"".join(share[at : at + 100])
                    at_s = time.perf_counter()
                    file.write(chunk)
                    slowest = max(slowest, time.perf_counter() - at_s)
        readers = {source.key: Reader(place / "shelves" / source.key / SHELF) for source in sources}
        while sum(ends(readers).values()) - len(readers) < expected:
            time.sleep(0.1)
            if time.perf_counter() - began > 600:
                raise SystemExit(
                    f"of {expected} lines, {sum(ends(readers).values()) - len(readers)} came in 10 minutes"
                )
        took = time.perf_counter() - began
    kept = sum(ends(readers).values()) - len(readers)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    results.add(f"{expected} lines through the follower", expected / took, "/s", 20_000, at_least=True)
    results.add("a core's time at 20,000 lines a second", 100 * cpu_s * 20_000 / expected, "%")
    results.add("lines lost on the way", expected - kept, "lines", 0.0)
    results.add("the longest write of a source meanwhile", slowest * 1000, "ms")


@contextmanager
def following(place: Path) -> Iterator[None]:
    caps = {"source_bytes": 8 << 30, "days": 30, "total_bytes": 8 << 30}
    told = {"plan": str(place / "plan.json"), "shelves": str(place / "shelves"), "caps": caps, "push": None}
    process = subprocess.Popen([sys.executable, "-m", "nacre.monitoring.logs.process"], stdin=subprocess.PIPE)
    assert process.stdin
    with process.stdin as stdin:
        stdin.write(json.dumps(told).encode())
    try:
        yield
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(place / "live")


if __name__ == "__main__":
    main()
