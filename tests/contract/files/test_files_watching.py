"""The watcher sees what nobody tells it about, in time, and closes every gap."""

import mmap
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from inotify_simple import INotify, flags
from tests.waiting import eventually

from nacre.engines.files import FileHistory, Tree

from .conftest import look, recorded


def now_recorded(tree: Tree, root: Path) -> Callable[[], bool]:
    return lambda: recorded(tree, tree.head().seq) == look(root)


def test_a_change_is_recorded_without_anybody_asking(tree: Tree, root: Path) -> None:
    (root / "new" / "deep").mkdir(parents=True)
    (root / "new" / "deep" / "file").write_text("x")
    eventually(now_recorded(tree, root), within_s=5)
    (root / "new" / "deep" / "file").write_text("y")
    eventually(now_recorded(tree, root), within_s=5)
    shutil.rmtree(root / "new")
    eventually(now_recorded(tree, root), within_s=5)


def test_a_file_that_stays_open_is_recorded_about_once_a_second(tree: Tree, root: Path) -> None:
    with (root / "log").open("w") as log:
        deadline = time.monotonic() + 3.0
        while time.monotonic() < deadline:
            log.write("line\n")
            log.flush()
            time.sleep(0.01)
    tree.barrier()
    versions = tree.versions(b"log")
    assert 3 <= len(versions) <= 8


def test_folders_moved_about_in_a_storm(tree: Tree, root: Path) -> None:
    for number in range(20):
        (root / f"d{number}" / "sub").mkdir(parents=True)
        (root / f"d{number}" / "sub" / "f").write_text(str(number))
    tree.barrier()
    for turn in range(15):
        for number in range(20):
            (root / f"d{number}").rename(root / f"t{number}")
        for number in range(20):
            (root / f"t{number}").rename(root / f"d{(number + 1) % 20}")
        (root / f"d{turn}" / "sub" / f"after {turn}").write_text("written through the new name")
    mark = tree.barrier(rescan=False)
    assert recorded(tree, mark.seq) == look(root)
    (root / "d3" / "sub" / "late").write_text("still watched")
    assert tree.entry(tree.barrier(rescan=False).seq, b"d3/sub/late") is not None


def test_a_folder_moved_in_from_outside_appears_when_it_was_moved(tree: Tree, root: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "old").write_text("written long before")
    time.sleep(0.3)
    before_ns = time.time_ns()
    (tmp_path / "outside").rename(root / "inside")
    mark = tree.barrier(rescan=False)
    assert recorded(tree, mark.seq) == look(root)
    assert tree.listing(tree.seq_at(before_ns)) == []


def test_writes_through_a_mapping_are_found_by_the_barrier(tree: Tree, root: Path) -> None:
    (root / "db").write_bytes(b"." * 8192)
    tree.barrier()
    time.sleep(0.1)
    with (root / "db").open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        file.close()
        tree.barrier()
        for turn in range(5):
            mapped[0:4] = f"mm{turn:02d}".encode()
            time.sleep(0.03)
            mark = tree.barrier()
            assert b"".join(tree.read(mark.seq, b"db")) == (root / "db").read_bytes()


def test_nothing_is_missed_when_folders_grow_while_their_watch_is_being_placed(tree: Tree, root: Path) -> None:
    def grow(name: str) -> None:
        for number in range(60):
            folder = root / name / f"{number % 5}" / f"{number}" / "x"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "f").write_text(str(number))
            time.sleep(0.003)

    threads = [threading.Thread(target=grow, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        tree.barrier(rescan=False)
    assert recorded(tree, tree.barrier(rescan=False).seq) == look(root)


def test_changes_while_nobody_watched_are_found_at_the_start(
    history: FileHistory, tree: Tree, root: Path, tmp_path: Path
) -> None:
    (root / "kept").write_text("1")
    (root / "changed").write_text("1")
    (root / "gone").mkdir()
    tree.barrier()
    history.close()
    (root / "changed").write_text("2")
    (root / "gone").rmdir()
    (root / "new").write_text("2")
    time.sleep(0.2)
    again = FileHistory(tmp_path / "history")
    reopened = again.tree("main", root)
    reopened.start()
    assert recorded(reopened, reopened.head().seq) == look(root)
    assert len(reopened.versions(b"kept")) == 1
    when = next(version.entry.time_ns for version in reopened.versions(b"gone") if version.entry.kind == "gone")
    assert time.time_ns() - when > 100_000_000  # when it went, not when it was noticed
    again.close()


def test_lost_events_are_made_good_by_a_rescan(tree: Tree, root: Path) -> None:
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    (root / "hot").mkdir()
    tree.barrier()
    with tree._watcher._watches._io:  # nobody drains the queue meanwhile
        for number in range(limit // 2 + 1000):
            path = root / "hot" / f"f{number % 50}"
            path.touch()
            path.unlink()
        (root / "after the overflow").write_text("x")
    eventually(now_recorded(tree, root), within_s=5)


def test_when_watches_run_out_it_says_so_and_rescans(
    history: FileHistory, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = INotify.add_watch

    def refuse_most(self: INotify, path: str, mask: int) -> int:
        if mask & flags.DELETE_SELF:
            return int(real(self, path, mask))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(INotify, "add_watch", refuse_most)
    (root / "d").mkdir()
    tree = history.tree("main", root)
    tree.start()
    health = tree.health()
    assert not health.watching
    assert "max_user_watches" in health.limit
    (root / "d" / "unseen").write_text("x")
    eventually(now_recorded(tree, root), 10)
    (root / "d" / "asked for").write_text("x")
    assert tree.entry(tree.barrier(rescan=False).seq, b"d/asked for") is not None


def test_two_marks_with_the_same_event_count_enclose_no_change(tree: Tree, root: Path) -> None:
    (root / "a").write_text("1")
    first = tree.barrier()
    assert tree.barrier().events == first.events
    (root / "a").read_text()
    assert tree.barrier().events == first.events
    (root / "a").chmod(0o600)
    assert tree.barrier().events > first.events


def test_times_are_those_of_the_changes(tree: Tree, root: Path) -> None:
    moments: list[tuple[int, set[bytes]]] = []
    there: set[bytes] = set()
    for number in range(40):
        name = f"f{number}".encode()
        (root / name.decode()).write_text("x")
        there.add(name)
        if number % 3 == 2:
            victim = f"f{number - 2}".encode()
            (root / victim.decode()).unlink()
            there.discard(victim)
        time.sleep(0.06)
        moments.append((time.time_ns(), set(there)))
        time.sleep(0.02)
    tree.barrier()
    for time_ns, names in moments:
        assert {entry.path for entry in tree.listing(tree.seq_at(time_ns))} == names


@pytest.mark.skipif(os.geteuid() != 0, reason="running as somebody else needs root")
@pytest.mark.root
def test_an_unreadable_file_is_told_and_never_restored_as_empty(tmp_path: Path) -> None:
    script = """
import os, sys
from pathlib import Path
from nacre.core.errors import Damaged
from nacre.engines.files import FileHistory
work = Path(sys.argv[1])
os.setgid(65534); os.setuid(65534)
root = work / "files"; root.mkdir()
(root / "closed").write_text("x"); (root / "closed").chmod(0)
(root / "shut").mkdir(); (root / "shut" / "in").touch(); (root / "shut").chmod(0)
history = FileHistory(work / "history"); tree = history.tree("main", root); tree.start()
mark = tree.barrier()
assert set(tree.health().unreadable) == {b"closed", b"shut"}, tree.health()
try:
    list(tree.read(mark.seq, b"closed"))
    raise SystemExit("read what could not be read")
except Damaged:
    pass
(root / "closed").chmod(0o600); (root / "closed").write_text("y")
(root / "shut").chmod(0o700)
(root / "tight").mkdir(); (root / "tight" / "f").write_text("1"); (root / "tight").chmod(0o500)
second = tree.barrier()
assert tree.health().unreadable == {}, tree.health()
(root / "tight").chmod(0o700); (root / "tight" / "f").write_text("2"); (root / "tight").chmod(0o500)
tree.barrier()
tree.restore(second.seq)
assert (root / "tight" / "f").read_text() == "1" and (root / "tight").stat().st_mode & 0o777 == 0o500
done = tree.restore(mark.seq)
assert done.skipped == [b"closed", b"shut/in"], done
assert (root / "closed").read_text() == "y" and not (root / "tight").exists()
(root / "shut").chmod(0o700)
assert (root / "shut" / "in").exists()

third = tree.barrier()
(root / "new").mkdir()
fd = os.open(root / "new" / "never", os.O_CREAT | os.O_WRONLY, 0); os.write(fd, b"only here"); os.close(fd)
(root / "known").write_text("k"); tree.barrier(); (root / "known").chmod(0)
tree.barrier()
assert set(tree.health().unreadable) >= {b"new/never"} and b"known" not in tree.health().unreadable, tree.health()
fourth = tree.head()
done = tree.restore(third.seq)
assert (root / "new" / "never").stat().st_size == 9 and b"new/never" in done.skipped, done
assert not (root / "known").exists()
tree.restore(fourth.seq)
assert (root / "known").stat().st_mode & 0o777 == 0
(root / "known").chmod(0o600)
assert (root / "known").read_text() == "k"
history.close()
"""
    tmp_path.chmod(0o777)
    for parent in tmp_path.parents:
        if parent.owner() == "root" and parent.stat().st_mode & 0o001 == 0:
            parent.chmod(parent.stat().st_mode | 0o011)
    python = os.path.realpath(sys.executable)
    paths = os.pathsep.join(path for path in sys.path if path)
    subprocess.run([python, "-c", script, tmp_path], check=True, env={**os.environ, "PYTHONPATH": paths})
