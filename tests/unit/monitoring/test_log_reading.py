"""A log is read whole and once, whatever is done to its files, and whenever its reader was killed."""

import fcntl
import os
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nacre.engines.processes.logs import open_log, rotate
from nacre.monitoring.logs.lines import LONGEST
from nacre.monitoring.logs.listing import SETTLED_NS, Listing
from nacre.monitoring.logs.reading import Place, Tail
from nacre.monitoring.logs.source import Source

LARGEST = 64 << 20


class Log:
    """A log with its writer and the one who reads it; `read` is what that one has kept, with the place."""

    def __init__(self, folder: Path, most_behind_bytes: int = LARGEST) -> None:
        self.path = folder / "x.log"
        self.most_behind_bytes = most_behind_bytes
        self.written: list[bytes] = []
        self.read: list[bytes] = []
        self.place: Place | None = None
        self.tail = Tail(self.path, None, most_behind_bytes)
        self.file = open_log(self.path)

    def write(self, count: int = 3) -> None:
        for _ in range(count):
            line = b"line %d" % len(self.written)
            self.written.append(line)
            os.write(self.file, line + b"\n")

    def take(self) -> None:
        while taken := self.tail.take():
            self.read += taken.lines
            self.place = taken.place

    def kill_reader(self) -> None:
        self.tail.close()
        self.tail = Tail(self.path, self.place, self.most_behind_bytes)

    def start_anew(self) -> None:
        """As a child does that is started again: what it wrote before is set aside."""
        os.close(self.file)
        self.file = open_log(self.path)

    def set_aside(self) -> None:
        """As the supervisor does while the child goes on writing."""
        rotate(self.path, max_bytes=0)

    def close(self) -> None:
        self.tail.close()
        os.close(self.file)


STEPS: list[Callable[[Log], None]] = [Log.write, Log.take, Log.kill_reader, Log.start_anew, Log.set_aside]


@settings(max_examples=150, deadline=None)
@given(steps=st.lists(st.sampled_from(STEPS), max_size=14))
def test_each_line_is_read_once_whatever_happens_to_the_files(tmp_path_factory, steps: list) -> None:
    folder = tmp_path_factory.mktemp("log")
    log = Log(folder)
    cuts = 0
    for step in steps:
        if step is Log.set_aside:
            cuts += 1
            log.take()  # of several copies made between two looks only the newest is known
        if step is Log.start_anew and cuts + sum(each is Log.start_anew for each in steps) > 4:
            continue  # more is set aside than is kept
        step(log)
    log.write()
    log.take()
    log.close()
    shutil.rmtree(folder)
    assert log.read == log.written


def test_what_was_written_before_a_cut_is_read_from_the_copy(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.write()
    log.take()
    log.write()
    log.set_aside()
    log.write()
    log.take()
    assert log.read == log.written
    log.close()


def test_a_file_that_was_cut_and_grew_beyond_its_place_is_read_from_its_beginning(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.write()
    log.take()
    os.truncate(log.path, 0)
    log.write(50)
    log.take()
    assert log.read == log.written
    log.close()


def test_what_is_hidden_is_written_over_in_the_copy_of_a_file_that_was_cut_meanwhile(tmp_path: Path) -> None:
    """Between the look and the writing: the file then has others' lines, or none, where these were."""
    log = Log(tmp_path)
    log.write(9)
    taken = log.tail.take()
    assert taken is not None
    log.set_aside()
    log.write()
    place = log.tail.overwrite(taken, [b"*" * len(line) for line in taken.lines])
    assert log.path.read_bytes() == b"".join(line + b"\n" for line in log.written[9:])
    assert log.path.with_name("x.log.1").read_bytes() == b"******\n" * 9
    log.read, log.place = taken.lines, place
    log.take()
    assert log.read == log.written
    log.close()


def test_where_it_was_cut_without_a_copy_the_lines_after_that_are_read_as_they_are(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.write(9)
    taken = log.tail.take()
    assert taken is not None
    os.truncate(log.path, 0)
    log.write()
    log.tail.overwrite(taken, [b"*" * len(line) for line in taken.lines])
    log.read = taken.lines
    log.take()
    assert log.read == log.written
    log.close()


def test_nothing_is_written_over_while_a_log_is_copied(tmp_path: Path) -> None:
    """What was copied before it is hidden would be cut off in the file, and stay in the copy."""
    log = Log(tmp_path)
    log.write(9)
    taken = log.tail.take()
    assert taken is not None
    with log.path.open("rb") as copied, ThreadPoolExecutor(1) as beside:
        fcntl.flock(copied, fcntl.LOCK_EX)
        writing = beside.submit(log.tail.overwrite, taken, [b"*" * len(line) for line in taken.lines])
        with pytest.raises(TimeoutError):
            writing.result(0.2)
        assert b"*" not in log.path.read_bytes()
        fcntl.flock(copied, fcntl.LOCK_UN)
        writing.result(10)
    assert log.path.read_bytes() == b"******\n" * 9
    log.close()


def test_a_link_in_the_place_of_a_log_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a secret\n")
    (tmp_path / "x.log").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "y.log")
    assert Tail(tmp_path / "x.log", None, LARGEST).take() is None
    assert Tail(tmp_path / "y.log", None, LARGEST).take() is None


def test_a_line_of_fifty_megabytes_is_one_line_and_says_how_much_is_missing(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.write()
    for _ in range(50):
        os.write(log.file, b"x" * (1 << 20))
        log.take()
    os.write(log.file, b"\n")
    log.write()
    log.take()
    long = log.read.pop(3)
    assert log.read == log.written
    assert long == b"x" * LONGEST + "… [52363264 bytes of this line left out]".encode()
    log.close()


def test_what_is_too_far_behind_is_passed_over_and_counted(tmp_path: Path) -> None:
    log = Log(tmp_path, most_behind_bytes=4000)
    log.write(2000)
    log.take()
    left_out = int(log.read[0].split()[0].strip(b"["))
    assert log.read[1:] == log.written[-len(log.read) + 1 :]
    assert left_out == sum(len(line) + 1 for line in log.written[: len(log.written) - len(log.read) + 1])
    log.close()


def test_what_was_read_takes_no_disk_and_its_writer_goes_on(tmp_path: Path) -> None:
    log = Log(tmp_path)
    for _ in range(8):
        os.write(log.file, (b"y" * 1023 + b"\n") * 1024)
    log.take()
    assert log.place is not None
    log.tail.forget(log.place)
    status = log.path.stat()
    assert status.st_size == 8 << 20
    assert status.st_blocks * 512 <= 2 << 20
    log.kill_reader()
    log.read.clear()
    log.write()
    log.take()
    assert log.read == log.written
    Path(log.path.with_name("x.log.1")).unlink(missing_ok=True)
    assert rotate(log.path, max_bytes=1 << 20)
    assert log.path.with_name("x.log.1").stat().st_blocks * 512 <= 2 << 20
    log.close()


def test_a_folder_of_logs_is_listed_anew_when_one_comes_or_goes(tmp_path: Path) -> None:
    listing = Listing([Source("apps", "apps", "app", str(tmp_path), each=True)])
    (tmp_path / "one.log").touch()
    for later_s in (3600, 1800):  # long ago, so that it has settled
        os.utime(tmp_path, (time.time() - later_s,) * 2)
        there = listing.there()
        assert there.keys() == {"apps.one"} and listing.there() is there
    (tmp_path / "two.log").touch()
    assert listing.there().keys() == {"apps.one", "apps.two"}
    (tmp_path / "three.log").touch()  # perhaps within the same tick of the clock of files
    (tmp_path / "one.log").unlink()
    assert listing.there().keys() == {"apps.two", "apps.three"}


@pytest.mark.parametrize("change", ["added", "cut", "cut and of the same size", "replaced"])
def test_a_log_that_was_quiet_is_noticed_whatever_happens_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    path = tmp_path / "x.log"
    path.write_bytes(b"one\ntwo\n")
    tail = Tail(path, None, LARGEST)
    assert tail.take() is not None
    time.sleep(SETTLED_NS / 1e9 + 0.05)  # the times of a file are the kernel's: no test can set them
    assert tail.take() is None
    with monkeypatch.context() as patched:
        patched.delattr(os, "pread")
        assert tail.take() is None, "as long as it is as it was, it is not read"
    if change == "added":
        path.open("ab").write(b"six\n")
    elif change == "cut":
        path.write_bytes(b"six\n")
    elif change == "cut and of the same size":
        path.write_bytes(b"six\nten\n")
    else:
        (tmp_path / "new").write_bytes(b"six\nten\n")
        (tmp_path / "new").replace(path)
    taken = tail.take()
    assert taken is not None and taken.lines[0] == b"six"
    tail.close()
