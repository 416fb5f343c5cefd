"""kill -9 and power cuts: after reopening, the journal holds only what is intact, and the present is recorded again."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nacre.engines.files import FileHistory

from .conftest import look, recorded

WRITER = """
import os, random, sys, threading
from pathlib import Path
from nacre.engines.files import FileHistory
work, seed = Path(sys.argv[1]), int(sys.argv[2])
chance = random.Random(seed)
root = work / "files"
history = FileHistory(work / "history")
tree = history.tree("main", root)
tree.start()
print("ready", flush=True)
def keep_collecting():
    import time
    while True:
        history.collect({"main": time.time_ns() - 300_000_000}, {})
if seed % 2:
    threading.Thread(target=keep_collecting, daemon=True).start()
marks = []
while True:
    for _ in range(20):
        folder = root / f"d{chance.randrange(4)}"
        folder.mkdir(exist_ok=True)
        data = chance.randbytes(chance.randrange(1, 5000)) * chance.choice([1, 400])
        (folder / f"f{chance.randrange(10)}").write_bytes(data)
    marks.append(tree.barrier().seq)
    if chance.random() < 0.4:
        tree.restore(marks[-1 if seed % 2 else chance.randrange(len(marks))])
"""


@pytest.mark.parametrize("seed", range(6))
def test_killed_at_any_instant_nothing_recorded_is_broken(tmp_path: Path, seed: int) -> None:
    (tmp_path / "files").mkdir()
    for turn in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, tmp_path, str(seed)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        time.sleep(random.Random(seed * 10 + turn).uniform(0.05, 0.7))
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    history = FileHistory(tmp_path / "history")
    assert history.dropped_entries == 0  # the kernel kept what was written: only a power cut may cost entries
    assert history.verify() == []
    tree = history.tree("main", tmp_path / "files")
    tree.start()
    mark = tree.barrier()
    assert recorded(tree, mark.seq) == look(tmp_path / "files")
    past = tree.seq_at(tree.window())
    tree.restore(past)
    assert look(tmp_path / "files") == recorded(tree, past)
    history.close()


def test_after_a_power_cut_only_intact_content_is_referred_to_and_live_files_are_recorded_again(tmp_path: Path) -> None:
    root = tmp_path / "files"
    root.mkdir()
    history = FileHistory(tmp_path / "history")
    tree = history.tree("main", root)
    tree.start()
    (root / "safe").write_bytes(os.urandom(2000))
    safe = tree.barrier()
    end = (tmp_path / "history" / "packs" / "00000001.pack").stat().st_size
    (root / "late").write_bytes(os.urandom(2000))
    (root / "large").write_bytes(os.urandom(2 << 20))
    wait_for = time.monotonic() + 5
    while {e.path for e in tree.listing(tree.head().seq)} != {b"safe", b"late", b"large"}:
        assert time.monotonic() < wait_for
    # What a power cut leaves: the index may be ahead of the pack, whose unsynced end is cut off or zeros.
    with history.database.writing() as db:
        db.execute("UPDATE meta SET value = ? WHERE name = 'synced_end'", (end,))
        db.execute("PRAGMA wal_autocheckpoint=0")
    cut = tmp_path / "cut"
    shutil.copytree(tmp_path / "history", cut)
    history.close()
    pack = cut / "packs" / "00000001.pack"
    with pack.open("r+b") as file:
        file.seek(end + 100)
        file.write(bytes(3000))
    os.truncate(pack, end + 1_000_000)
    again = FileHistory(cut)
    assert again.dropped_entries == 2
    assert again.verify() == []
    reopened = again.tree("main", root)
    assert {e.path for e in reopened.listing(reopened.head().seq)} == {b"safe"}
    reopened.start()
    now = reopened.barrier()
    assert recorded(reopened, now.seq) == look(root)
    assert again.verify() == []
    reopened.restore(safe.seq)
    assert {child.name for child in root.iterdir()} == {"safe"}
    again.close()


def test_a_torn_tail_is_cut_off_and_written_over(tmp_path: Path) -> None:
    root = tmp_path / "files"
    root.mkdir()
    (root / "a").write_bytes(os.urandom(1000))
    history = FileHistory(tmp_path / "history")
    history.tree("main", root).start()
    history.close()
    pack = tmp_path / "history" / "packs" / "00000001.pack"
    size = pack.stat().st_size
    with pack.open("ab") as file:
        file.write(b"half a record")
    again = FileHistory(tmp_path / "history")
    assert pack.stat().st_size == size
    (root / "b").write_bytes(os.urandom(1000))
    tree = again.tree("main", root)
    tree.start()
    tree.barrier()
    assert again.verify() == []
    again.close()
