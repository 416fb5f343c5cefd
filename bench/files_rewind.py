"""Rewinding 100 changed files in a tree of 10,000: barrier with a full rescan, plan and restore.

The peer is the plain way back, `rsync -a --delete` from a full copy taken before the change (and `cp -a` where rsync is
missing), in the same run. Promise: ≤ 0.5 s in total, writing only what differs.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from nacre.engines.files import FileHistory

FILES = 10_000
CHANGED = 100


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--dir", type=Path, default=Path(tempfile.gettempdir()))
    arguments.add_argument("--rounds", type=int, default=5)
    given = arguments.parse_args()
    work = Path(tempfile.mkdtemp(prefix="files-rewind-", dir=given.dir))
    try:
        result = measure(work, given.rounds)
    finally:
        shutil.rmtree(work)
    print(f"rewinding {CHANGED} of {FILES} files: {result['rewind_s']:.3f} s (promised ≤ 0.5), of it the barrier")
    print(f"{result['barrier_s']:.3f} s; {result['bytes_written']} bytes written of {result['tree_bytes']}")
    print(f"{result['peer']}: {result['peer_s']:.3f} s, ratio {result['ratio']:.2f}")
    print(json.dumps(result))


def measure(work: Path, rounds: int) -> dict[str, object]:
    root = work / "files"
    for number in range(FILES):
        folder = root / f"folder-{number % 400}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"file-{number}.txt").write_text(f"content {number} " * 60)
    copy = work / "copy"
    subprocess.run(["cp", "-a", root, copy], check=True)
    history = FileHistory(work / "history")
    tree = history.tree("bench", root)
    tree.start()
    totals, barriers, peers, written = [], [], [], 0
    for round_number in range(rounds):
        before = tree.barrier()
        change(root, round_number)
        time.sleep(0.5)
        began = time.perf_counter()
        tree.barrier(rescan=True)
        barriers.append(time.perf_counter() - began)
        restored = tree.restore(before.seq)
        totals.append(time.perf_counter() - began)
        written = restored.bytes_written
        assert restored.files_changed == CHANGED, restored
        change(root, round_number + 1000)
        peers.append(peer(copy, root))
    history.close()
    total_s, peer_s = statistics.median(totals), statistics.median(peers)
    return {
        "files": FILES,
        "changed": CHANGED,
        "rewind_s": total_s,
        "barrier_s": statistics.median(barriers),
        "bytes_written": written,
        "tree_bytes": sum(path.stat().st_size for path in copy.rglob("*.txt")),
        "peer": "rsync -a --delete" if shutil.which("rsync") else "rm -rf and cp -a",
        "peer_s": peer_s,
        "ratio": total_s / peer_s,
        "kept": total_s <= 0.5,
    }


def change(root: Path, salt: int) -> None:
    for number in range(CHANGED):
        index = number * (FILES // CHANGED)
        (root / f"folder-{index % 400}" / f"file-{index}.txt").write_text(f"changed {salt} {number}")


def peer(copy: Path, root: Path) -> float:
    began = time.perf_counter()
    if shutil.which("rsync"):
        subprocess.run(["rsync", "-a", "--delete", f"{copy}/", f"{root}/"], check=True)
    else:
        shutil.rmtree(root)
        subprocess.run(["cp", "-a", copy, root], check=True)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
