"""Logs are kept, in order, and do not grow without end."""

import fcntl
import os
import resource
from pathlib import Path

import pytest

from nacre.engines.processes.logs import last_lines, open_log, remove, rotate


def test_a_log_is_cut_while_its_writer_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "log" / "child.log"
    writer = open_log(path)
    os.write(writer, b"a" * 100)
    assert not rotate(path, max_bytes=100)
    os.write(writer, b"b")
    assert rotate(path, max_bytes=100)
    os.write(writer, b"c")
    os.close(writer)
    assert path.read_bytes() == b"c"
    assert (tmp_path / "log" / "child.log.1").read_bytes() == b"a" * 100 + b"b"


def test_a_log_in_which_something_is_being_hidden_is_set_aside_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "child.log"
    path.write_bytes(b"a")
    with path.open("rb") as hiding:
        fcntl.flock(hiding, fcntl.LOCK_EX)
        assert not rotate(path, max_bytes=0)
        assert [*tmp_path.iterdir()] == [path] and path.read_bytes() == b"a"
    assert rotate(path, max_bytes=0)


def test_where_there_is_no_room_for_a_copy_nothing_that_was_kept_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "child.log"
    path.write_bytes(b"a" * 100)
    path.with_name("child.log.1").write_bytes(b"b")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
    try:
        for _ in range(6):
            with pytest.raises(OSError):
                rotate(path, max_bytes=0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    kept = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    assert kept == {"child.log": b"a" * 100, "child.log.1": b"b"}


def test_only_so_many_older_logs_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "child.log"
    for number in range(6):
        log = open_log(path, keep=3)
        os.write(log, str(number).encode())
        os.close(log)
    assert [entry.read_text() for entry in sorted(tmp_path.iterdir())] == ["5", "4", "3", "2"]


def test_a_log_goes_with_all_that_was_set_aside_of_it(tmp_path: Path) -> None:
    for name in ("shop.main.log", "shop.main.log.1", "shop.main.log.2", "shop.main2.log", "shop.main2.log.1"):
        (tmp_path / name).touch()
    remove(tmp_path / "shop.main.log")
    remove(tmp_path / "shop.main.log")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["shop.main2.log", "shop.main2.log.1"]


def test_the_last_lines_of_a_log(tmp_path: Path) -> None:
    assert last_lines(tmp_path / "none") == []
    (tmp_path / "log").write_text("\n".join(str(number) for number in range(100_000)))
    assert last_lines(tmp_path / "log", 2) == ["99998", "99999"]
