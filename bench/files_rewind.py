"""A rewind of 100 changed files in a tree of 10,000, through the product: `nacre rewind shop MOMENT --only files`.

The peer is the plain way back in the same run, `rsync -a --delete` from a full copy made before (`rm -rf` and `cp -a`
where rsync is missing). Promise: ≤ 0.5 s, writing only what differs.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import time
from pathlib import Path

from bench._nacre import Nacre, running
from bench._place import home_on, need_root_and
from bench._result import Results

CHANGED = 100


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--storage", default="plain", choices=["btrfs", "xfs", "plain"])
    arguments.add_argument("--files", type=int, default=10_000)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--quick", action="store_true", help="2,000 files, twice")
    given = arguments.parse_args()
    files, rounds = (2000, 2) if given.quick else (given.files, given.rounds)
    results = Results("files_rewind", f"a rewind of {CHANGED} changed files in a tree of {files:,}")
    if os.geteuid() == 0:
        need_root_and("rsync", "rsync")
    with home_on(given.storage) as home, running(home) as nacre:
        nacre.call("project", "create", "shop")
        measure(results, nacre, Path(nacre.call("project", "show", "shop")["files_path"]), home / "copy", files, rounds)
    results.keep()


def measure(results: Results, nacre: Nacre, root: Path, copy: Path, files: int, rounds: int) -> None:
    paths = [root / f"folder-{number % 400}" / f"file-{number}.txt" for number in range(files)]
    for number, path in enumerate(paths):
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"content {number} " * 60)
    subprocess.run(["cp", "-a", root, copy], check=True)
    before = nacre.call("checkpoint", "shop")["id"]
    answers, walls, peers = [], [], []
    for number in range(rounds):
        touched = change(paths, number)
        time.sleep(0.5)
        states = {path: path.stat().st_ctime_ns for path in paths}
        began = time.monotonic()
        answer = nacre.call("rewind", "shop", f"#{before}", "--only", "files")
        walls.append(time.monotonic() - began)
        answers.append(answer["seconds"])
        written = {path for path in paths if path.stat().st_ctime_ns != states[path]}
        if written != touched or any(path.read_text()[:8] != "content " for path in paths):
            raise SystemExit(f"{len(written)} files were written, {len(touched)} had been changed.")
        change(paths, number + 1000)
        peers.append(plain_way_back(copy, root))
    results.add("call to answer on the command line", statistics.median(walls), "s", 0.5)
    results.add("of it in the daemon", statistics.median(answers))
    results.note("the last one's phases", answer["phases"])
    results.add("files written, of those changed", len(written), "files", CHANGED)
    name = "rsync -a --delete from a full copy" if shutil.which("rsync") else "rm -rf and cp -a from a full copy"
    results.add(name, statistics.median(peers))
    results.add("rewind ÷ peer", statistics.median(walls) / statistics.median(peers), "×")


def change(paths: list[Path], salt: int) -> set[Path]:
    """Write into every hundredth file or so; returns which."""
    touched = set(paths[:: len(paths) // CHANGED][:CHANGED])
    for path in touched:
        path.write_text(f"changed {salt} {path.name}")
    return touched


def plain_way_back(copy: Path, root: Path) -> float:
    began = time.monotonic()
    if shutil.which("rsync"):
        subprocess.run(["rsync", "-a", "--delete", f"{copy}/", f"{root}/"], check=True)
    else:
        for path in root.iterdir():
            shutil.rmtree(path)
        subprocess.run(["cp", "-a", f"{copy}/.", root], check=True)
    return time.monotonic() - began


if __name__ == "__main__":
    main()
