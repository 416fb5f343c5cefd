"""Single changes by the daemon stay beneath the root, whatever programs do to the tree meanwhile."""

import os
import stat
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from nacre.core.errors import Conflict, InvalidInput, NacreError, NotFound
from nacre.engines.files.edits import Edits, staging_of


@pytest.fixture
def root(plain_dir: Path) -> Path:
    root = plain_dir / "files"
    root.mkdir()
    return root


@pytest.fixture
def outside(plain_dir: Path) -> Path:
    """A folder beside the tree that nothing may touch."""
    outside = plain_dir / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    return outside


def test_a_replaced_file_keeps_its_mode_and_is_there_whole_at_every_moment(root: Path) -> None:
    file = root / "run.sh"
    file.write_bytes(b"a" * 100_000)
    file.chmod(0o750)
    seen: set[bytes] = set()
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            content = file.read_bytes()
            seen.add(content[:1] + str(len(content)).encode())

    watcher = threading.Thread(target=watch)
    watcher.start()
    with Edits(root) as edits:
        for letter in b"bcd" * 20:
            edits.write(b"run.sh", [bytes([letter]) * 50_000] * 2, replace=True)
    done.set()
    watcher.join()
    assert seen <= {bytes([letter]) + b"100000" for letter in b"abcd"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o750


def test_what_is_there_is_not_overwritten_unless_said(root: Path) -> None:
    with Edits(root) as edits:
        edits.write(b"a/b/c.txt", [b"one"], replace=False)
        with pytest.raises(Conflict):
            edits.write(b"a/b/c.txt", [b"two"], replace=False)
        with pytest.raises(InvalidInput):
            edits.write(b"a/b", [b"two"], replace=True)
        with pytest.raises(Conflict):
            edits.make_folder(b"a/b/c.txt/d")
        with pytest.raises(NotFound):
            edits.move(b"nowhere", b"x")
    assert (root / "a/b/c.txt").read_text() == "one"


def test_folders_are_copied_moved_and_removed_whole(root: Path) -> None:
    (root / "a/b").mkdir(parents=True)
    (root / "a/b/c").write_text("c")
    (root / "a/b/c").chmod(0o600)
    (root / "a/link").symlink_to("b/c")
    os.mkfifo(root / "a/pipe")
    with Edits(root) as edits:
        edits.copy(b"a", b"copied/deep")
        assert (root / "copied/deep/b/c").read_text() == "c"
        assert stat.S_IMODE((root / "copied/deep/b/c").stat().st_mode) == 0o600
        assert (root / "copied/deep/link").readlink() == Path("b/c")
        assert not (root / "copied/deep/pipe").exists()
        edits.move(b"a", b"moved")
        assert (root / "moved/link").is_symlink() and not (root / "a").exists()
        assert edits.remove(b"moved") and not edits.remove(b"moved")
    assert sorted(path.name for path in root.iterdir()) == ["copied"]
    assert list(staging_of(root).iterdir()) == []


def test_symlinks_are_neither_written_through_nor_removed_through(root: Path, outside: Path) -> None:
    (root / "link").symlink_to(outside)
    (root / "file").symlink_to(outside / "kept")
    with Edits(root) as edits:
        for attempt in (
            lambda: edits.write(b"link/new", [b"x"], replace=True),
            lambda: edits.write(b"file", [b"x"], replace=True),
            lambda: edits.make_folder(b"link/new"),
            lambda: edits.open(b"link/kept"),
            lambda: edits.open(b"file"),
            lambda: edits.move(b"link/kept", b"stolen"),
            lambda: edits.names(b"link"),
        ):
            with pytest.raises(NacreError):
                attempt()
        assert edits.status(b"link/kept") is None
        edits.remove(b"link")
    assert [path.name for path in outside.iterdir()] == ["kept"]


def test_a_folder_swapped_for_a_symlink_at_any_moment_leads_nowhere(root: Path, outside: Path) -> None:
    (root / "real").mkdir()
    (root / "real/sub").mkdir()
    (root / "fake").symlink_to(outside)
    done = threading.Event()

    def swap() -> None:
        while not done.is_set():
            for a, b in (("real", "tmp"), ("fake", "real"), ("real", "fake"), ("tmp", "real")):
                with suppress(OSError):
                    (root / a).rename(root / b)

    swapper = threading.Thread(target=swap)
    swapper.start()
    written = 0
    for number in range(400):
        with Edits(root) as edits, suppress(NacreError, OSError):
            edits.write(b"real/%d" % number, [b"x"], replace=True, durable=False)
            written += 1
            edits.move(b"real/%d" % number, b"real/moved")
            edits.remove(b"real/kept")
    done.set()
    swapper.join()
    assert written
    assert [path.name for path in outside.iterdir()] == ["kept"]
    assert (outside / "kept").read_text() == "kept"


def test_what_is_gathered_appears_whole_or_not_at_all(root: Path) -> None:
    with Edits(root) as edits:
        with pytest.raises(ZeroDivisionError), edits.gathering(b"made") as apart:
            apart.write(b"a/b", [b"x"], replace=False)
            raise ZeroDivisionError
        assert list(root.iterdir()) == []
        with edits.gathering(b"made") as apart:
            apart.write(b"a/b", [b"x"], replace=False)
            apart.link(b"c", b"a/b")
    assert (root / "made/c").read_text() == "x"
    assert list(staging_of(root).iterdir()) == []


@pytest.mark.root
def test_what_is_made_belongs_to_whom_the_tree_belongs_to(root: Path) -> None:
    os.chown(root, 4321, 4322)
    with Edits(root) as edits:
        edits.write(b"a/b.txt", [b"x"], replace=False)
        edits.copy(b"a", b"c")
        with edits.gathering(b"d") as apart:
            apart.write(b"e", [b"x"], replace=False)
    for path in (root, *root.rglob("*")):
        assert (path.stat().st_uid, path.stat().st_gid) == (4321, 4322), path
