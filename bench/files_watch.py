"""What history costs while 5,000 files are unpacked: wall time watched ÷ unwatched, and how soon it is caught up.

The peer is the same `tar` on the same disk without a watcher, in the same run; the median of alternating rounds counts.
Promise: ratio ≤ 1.1, caught up ≤ 2 s later.
"""

import argparse
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from nacre.engines.files import FileHistory, Tree

FILES = 5000
FOLDERS = 250


class Took(NamedTuple):
    """wall_s depends on what else the machine does; cpu_s is what `tar` itself was made to do."""

    wall_s: float
    cpu_s: float


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--dir", type=Path, default=Path(tempfile.gettempdir()))
    arguments.add_argument("--rounds", type=int, default=12)
    given = arguments.parse_args()
    work = Path(tempfile.mkdtemp(prefix="files-watch-", dir=given.dir))
    try:
        result = measure(work, given.rounds)
    finally:
        shutil.rmtree(work)
    print(f"unpacking {FILES} files: {result['unwatched_s']:.3f} s unwatched, {result['watched_s']:.3f} s watched")
    print(f"ratio {result['ratio']:.3f} (promised ≤ 1.1), of tar's own CPU time {result['cpu_ratio']:.3f};")
    print(f"machine load {result['load']:.1f}; caught up {result['caught_up_s']:.2f} s later (≤ 2)")
    print(json.dumps(result))


def measure(work: Path, rounds: int) -> dict[str, float | int | bool]:
    archive = make_archive(work)
    unwatched, watched, caught_up = [], [], []
    for number in range(rounds + 1):
        # Taking turns at going first: whoever comes second meets the other's dirty pages.
        for kind in ("bare", "watched") if number % 2 else ("watched", "bare"):
            os.sync()
            if kind == "bare":
                bare = unpack_unwatched(archive, work / "bare")
            else:
                seen, late_s = unpack_watched(archive, work / "watched", work / "history")
        if number:  # the first round warms the caches
            unwatched.append(bare)
            watched.append(seen)
            caught_up.append(late_s)
    unwatched_s = statistics.median(took.wall_s for took in unwatched)
    watched_s = statistics.median(took.wall_s for took in watched)
    cpu = [statistics.median(took.cpu_s for took in each) for each in (watched, unwatched)]
    ratio = watched_s / unwatched_s
    return {
        "files": FILES,
        "unwatched_s": unwatched_s,
        "watched_s": watched_s,
        "ratio": ratio,
        "cpu_ratio": cpu[0] / cpu[1],
        "load": os.getloadavg()[0],
        "caught_up_s": max(caught_up),
        "kept": ratio <= 1.1 and max(caught_up) <= 2.0,
    }


def make_archive(work: Path) -> Path:
    source = work / "source"
    chance = random.Random(5)
    for number in range(FILES):
        folder = source / f"package-{number % FOLDERS}"
        folder.mkdir(parents=True, exist_ok=True)
        words = " ".join(f"word{chance.randrange(5000)}" for _ in range(chance.randrange(50, 800)))
        (folder / f"module-{number}.js").write_text(words)
    archive = work / "source.tar"
    subprocess.run(["tar", "-cf", archive, "-C", source, "."], check=True)
    shutil.rmtree(source)
    return archive


def unpack_unwatched(archive: Path, root: Path) -> Took:
    root.mkdir()
    took = unpack(archive, root)
    shutil.rmtree(root)
    return took


def unpack_watched(archive: Path, root: Path, store: Path) -> tuple[Took, float]:
    root.mkdir()
    history = FileHistory(store)
    tree = history.tree("bench", root)
    tree.start()
    took = unpack(archive, root)
    late_s = wait_until_recorded(tree, FILES + FOLDERS)
    history.close()
    shutil.rmtree(root)
    shutil.rmtree(store)
    return took, late_s


def unpack(archive: Path, target: Path) -> Took:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run(["tar", "-xf", archive, "-C", target], check=True)
    wall_s = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Took(wall_s, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def wait_until_recorded(tree: Tree, entries: int) -> float:
    began = time.perf_counter()
    while tree.head().seq < entries:
        if time.perf_counter() - began > 30:
            raise SystemExit(f"only {tree.head().seq} of {entries} entries recorded: {tree.health()}")
        time.sleep(0.01)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
