"""What history costs while 5,000 files are unpacked: `tar` into a branch's folder ÷ `tar` into any other on that disk.

In turns, in the same run; then how soon the journal knows the last file. Promise: ratio ≤ 1.1, caught up ≤ 2 s later.
Of the machine's load, tar's own CPU time tells less than the wall clock does, so its ratio is printed too.
"""

import argparse
import os
import random
import resource
import shutil
import statistics
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

from bench._nacre import Nacre, running
from bench._place import home_on
from bench._result import Results
from nacre.core.errors import NotFound
from nacre.surfaces.client import over_socket
from nacre.surfaces.verbs import read_manifest

FILES = 5000
FOLDERS = 250


class Took(NamedTuple):
    """wall_s depends on what else the machine does; cpu_s is what `tar` itself was made to do."""

    wall_s: float
    cpu_s: float


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--storage", default="plain", choices=["btrfs", "xfs", "plain"])
    arguments.add_argument("--rounds", type=int, default=8)
    arguments.add_argument("--quick", action="store_true", help="four rounds")
    given = arguments.parse_args()
    results = Results("files_watch", f"unpacking {FILES:,} files into a watched folder and an unwatched one")
    with home_on(given.storage) as home, running(home) as nacre:
        nacre.call("project", "create", "shop")
        watched = Path(nacre.call("project", "show", "shop")["files_path"])
        measure(results, nacre, watched, home / "projects" / "bare", 4 if given.quick else given.rounds)
    results.keep()


def measure(results: Results, nacre: Nacre, watched: Path, bare: Path, rounds: int) -> None:
    archive, last = make_archive(nacre.home)
    bare.mkdir()
    took: dict[Path, list[Took]] = {watched: [], bare: []}
    late = []
    for number in range(rounds + 1):
        # Taking turns at going first: whoever comes second meets the other's dirty pages.
        for root in (bare, watched) if number % 2 else (watched, bare):
            os.sync()
            unpacked = unpack(archive, root / f"round-{number}")
            if root is watched:
                late_s = wait_until_recorded(nacre, f"round-{number}/{last}")
            if number:  # the first round warms the caches
                took[root].append(unpacked)
        shutil.rmtree(bare / f"round-{number}")
        shutil.rmtree(watched / f"round-{number}")
        nacre.call("checkpoint", "shop")
        if number:
            late.append(late_s)
    wall = {root: statistics.median(one.wall_s for one in each) for root, each in took.items()}
    cpu = {root: statistics.median(one.cpu_s for one in each) for root, each in took.items()}
    results.add("unpacking, unwatched", wall[bare])
    results.add("unpacking, watched", wall[watched])
    results.add("watched ÷ unwatched", wall[watched] / wall[bare], "×", 1.1)
    results.add("the same of tar's own CPU time", cpu[watched] / cpu[bare], "×")
    results.add("caught up, the slowest round", max(late), "s", 2)


def make_archive(work: Path) -> tuple[Path, str]:
    """A tar of small files like a package manager unpacks, and the path of the last file in it."""
    source = work / "source"
    chance = random.Random(5)
    for number in range(FILES):
        folder = source / f"package-{number % FOLDERS}"
        folder.mkdir(parents=True, exist_ok=True)
        words = " ".join(f"word{chance.randrange(5000)}" for _ in range(chance.randrange(50, 800)))
        (folder / f"module-{number}.js").write_text(words)
    archive = work / "source.tar"
    subprocess.run(["tar", "-cf", archive, "-C", source, "."], check=True)
    listed = subprocess.run(["tar", "-tf", archive], check=True, capture_output=True, text=True).stdout.split()
    shutil.rmtree(source)
    return archive, next(name for name in reversed(listed) if name.endswith(".js")).removeprefix("./")


def unpack(archive: Path, target: Path) -> Took:
    target.mkdir()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run(["tar", "-xf", archive, "-C", target], check=True)
    wall_s = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Took(wall_s, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def wait_until_recorded(nacre: Nacre, last: str) -> float:
    """Seconds until the journal has the last file, and with it all of them."""
    client, verbs = over_socket(nacre.home / "run" / "nacre.sock"), read_manifest()
    began = time.perf_counter()
    while time.perf_counter() - began < 30:
        try:
            client.call(verbs["files.history"], {"ref": "shop", "path": last})
        except NotFound:
            time.sleep(0.02)
        else:
            late_s = time.perf_counter() - began
            folder = last.split("/")[0]
            listed = client.call(verbs["files.ls"], {"ref": "shop", "path": folder, "at": "0s", "recursive": True})
            if sum(entry["kind"] == "file" for entry in listed) == FILES:
                return late_s
    raise SystemExit(f"The journal does not know {last} after 30 s.")


if __name__ == "__main__":
    main()
