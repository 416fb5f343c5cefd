"""What every storage driver promises, run against each on a real file system."""

import os
import threading
from pathlib import Path

import pytest

from nacre.core.errors import Conflict, NacreError, NotFound
from nacre.core.progress import Step, watched_by
from nacre.engines.storage.driver import UNFINISHED, Storage
from nacre.engines.storage.flush import flush


def tree(path: Path) -> dict[str, tuple[int, int, int, bytes]]:
    """Everything observable about a directory."""
    seen = {}
    for entry in sorted(path.rglob("*")):
        status = entry.lstat()
        content = os.fsencode(entry.readlink()) if entry.is_symlink() else b""
        if entry.is_file() and not entry.is_symlink():
            content = entry.read_bytes()
        seen[str(entry.relative_to(path))] = (status.st_mode, status.st_uid, status.st_mtime_ns, content)
    return seen


def fill(path: Path) -> None:
    (path / "base" / "1").mkdir(parents=True)
    (path / "empty").mkdir(mode=0o750)
    for number in range(200):
        (path / "base" / "1" / str(number)).write_bytes(os.urandom(number * 37))
    (path / "secret").write_bytes(b"x")
    (path / "secret").chmod(0o400)
    (path / "dangling").symlink_to("nowhere/at all")
    (path / "outside").symlink_to("/etc/hostname")
    with (path / "sparse").open("wb") as file:
        file.seek(64 << 20)
        file.write(b"end")
        file.truncate(80 << 20)
    (path / "sparse").chmod(0o640)


def test_a_clone_equals_its_source_and_lives_apart_from_it(storage: Storage, place: Path) -> None:
    storage.create(place / "source")
    fill(place / "source")
    before = tree(place / "source")

    cloned = storage.clone(place / "source", place / "target")

    assert tree(place / "target") == before
    assert cloned.kind == storage.name
    assert cloned.copy_on_write == storage.copy_on_write
    assert (cloned.bytes_copied == 0) == storage.copy_on_write
    (place / "target" / "base" / "1" / "7").write_bytes(b"changed")
    (place / "target" / "new").write_bytes(b"new")
    assert tree(place / "source") == before


def test_holes_stay_holes(storage: Storage, place: Path) -> None:
    storage.create(place / "source")
    fill(place / "source")
    flush(place)
    storage.clone(place / "source", place / "target")
    flush(place)
    assert (place / "target" / "sparse").stat().st_blocks * 512 < 1 << 20


def test_a_clone_of_a_clone_of_a_clone(storage: Storage, place: Path) -> None:
    storage.create(place / "0")
    fill(place / "0")
    for number in range(3):
        storage.clone(place / str(number), place / str(number + 1))
        storage.remove(place / str(number))
    assert len(tree(place / "3")) == 207


def test_directories_to_leave_empty_are_there_and_empty(storage: Storage, place: Path) -> None:
    storage.create(place / "source")
    fill(place / "source")
    storage.clone(place / "source", place / "target", leave_empty={"base/1", "not there"})
    assert list((place / "target" / "base" / "1").iterdir()) == []
    assert (place / "target" / "secret").exists()
    assert len(list((place / "source" / "base" / "1").iterdir())) == 200


def test_a_plain_directory_can_be_cloned_too(storage: Storage, place: Path) -> None:
    (place / "plain").mkdir()
    fill(place / "plain")
    storage.clone(place / "plain", place / "target")
    assert tree(place / "target") == tree(place / "plain")


def test_removing_is_complete_and_can_be_repeated(storage: Storage, place: Path) -> None:
    (place / "outer").mkdir()
    storage.create(place / "outer" / "inner")
    storage.create(place / "outer" / "inner" / "innermost")
    (place / "outer" / "inner" / "innermost" / "file").write_bytes(b"x")
    storage.remove(place / "outer")
    assert not (place / "outer").exists()
    storage.remove(place / "outer")


def test_what_was_removed_is_free_once_it_has_settled(storage: Storage, place: Path) -> None:
    if not storage.copy_on_write:
        pytest.skip("others write to the same disk")
    storage.create(place / "source")
    (place / "source" / "large").write_bytes(os.urandom(32 << 20))
    flush(place)
    before = storage.free_bytes(place)
    storage.remove(place / "source")
    storage.settle(place, before + (24 << 20))
    assert storage.free_bytes(place) >= before + (24 << 20)


def test_refusals_change_nothing(storage: Storage, place: Path) -> None:
    storage.create(place / "source")
    storage.create(place / "target")
    with pytest.raises(Conflict):
        storage.create(place / "source")
    with pytest.raises(Conflict):
        storage.clone(place / "source", place / "target")
    with pytest.raises(NotFound):
        storage.clone(place / "missing", place / "other")
    assert sorted(path.name for path in place.iterdir()) == ["source", "target"]


def test_a_clone_that_was_interrupted_is_recognised(storage: Storage, place: Path) -> None:
    storage.create(place / f"data{UNFINISHED}0a0b")
    (place / f"data{UNFINISHED}0a0b" / "half").write_bytes(b"x")
    storage.create(place / "data")
    assert [path.name for path in storage.sweep(place)] == [f"data{UNFINISHED}0a0b"]
    assert [path.name for path in place.iterdir()] == ["data"]


def test_a_failing_clone_leaves_nothing(storage: Storage, place: Path) -> None:
    storage.create(place / "source")
    with pytest.raises((NacreError, OSError)):
        storage.clone(place / "source", place / "no such folder" / "target")
    assert [path.name for path in place.iterdir()] == ["source"]


def test_a_clone_file_by_file_can_be_given_up_by_whoever_watches_it(storage: Storage, place: Path) -> None:
    fill(place / "source")

    def enough(_: Step) -> None:
        raise Conflict("enough", "Somebody else wants to go on.")

    with pytest.raises(Conflict, match="Somebody"), watched_by(enough):
        storage.clone(place / "source", place / "clone")
    assert [path.name for path in place.iterdir()] == ["source"]


def test_an_atomic_driver_shows_one_instant_of_a_directory_being_written(storage: Storage, place: Path) -> None:
    if not storage.atomic:
        pytest.skip(f"{storage.name} does not promise it")
    storage.create(place / "source")
    names = [place / "source" / f"counter-{number}" for number in range(8)]
    for name in names:
        name.write_bytes(b"00000000")
    stop = threading.Event()

    def count() -> None:
        step = 0
        while not stop.is_set():
            step += 1
            for name in names:
                with name.open("r+b") as file:
                    file.write(b"%08d" % step)

    writer = threading.Thread(target=count)
    writer.start()
    try:
        for number in range(10):
            storage.clone(place / "source", place / f"target-{number}")
    finally:
        stop.set()
        writer.join()
    for number in range(10):
        seen = [int((place / f"target-{number}" / name.name).read_bytes()) for name in names]
        assert max(seen) - min(seen) <= 1
        assert seen == sorted(seen, reverse=True)
