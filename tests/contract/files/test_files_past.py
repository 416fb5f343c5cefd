"""Whatever was in the folder at a moment is in the journal, and comes back exactly."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from nacre.core.errors import Conflict, InvalidInput, NoSpace, NotFound
from nacre.engines.files import FileHistory, Tree, restore, staging

from .conftest import look, recorded


def spoil(root: Path) -> None:
    """What goes wrong: everything is removed and something else put there."""
    for child in root.iterdir():
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child)
        else:
            child.unlink()
    (root / "left over").write_text("by the accident")


def there_and_back(tree: Tree, root: Path) -> None:
    before = look(root)
    mark = tree.barrier()
    assert recorded(tree, mark.seq) == before
    spoil(root)
    assert recorded(tree, tree.barrier().seq) == look(root)
    tree.restore(mark.seq)
    assert look(root) == before
    after = tree.barrier()
    assert tree.changes(mark.seq, after.seq) == []


def test_names_with_spaces_newlines_and_bytes_that_are_not_utf8(tree: Tree, root: Path) -> None:
    for name in [b"a b", b"line\nbreak", b"\xff\xfe latin", "ünï".encode(), b"-rf", b"%s", b"a'\"b", b"\xff" * 255]:
        Path(os.fsdecode(os.fsencode(root) + b"/" + name)).write_bytes(name)
    there_and_back(tree, root)


def test_symlinks_broken_and_pointing_outside_are_never_followed(tree: Tree, root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("not ours")
    (root / "broken").symlink_to("nowhere")
    (root / "away").symlink_to(outside)
    (root / "secret").symlink_to(outside / "secret")
    (root / "loop").symlink_to(".")
    there_and_back(tree, root)
    assert (outside / "secret").read_text() == "not ours"
    assert not [e for e in tree.listing(tree.head().seq) if e.path.startswith((b"away/", b"loop/"))]


def test_a_folder_swapped_for_a_symlink_does_not_lead_the_restore_outside(
    tree: Tree, root: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / "config").mkdir()
    (root / "config" / "passwd").write_text("ours")
    mark = tree.barrier()
    shutil.rmtree(root / "config")
    (root / "config").symlink_to(outside)
    tree.barrier()
    tree.restore(mark.seq)
    assert list(outside.iterdir()) == []
    assert (root / "config" / "passwd").read_text() == "ours"


def test_modes_and_empty_folders(tree: Tree, root: Path) -> None:
    for mode in (0o000, 0o400, 0o644, 0o755, 0o4755, 0o2755, 0o6711):
        (root / f"file {mode:o}").write_text("x")
        (root / f"file {mode:o}").chmod(mode)
    for mode in (0o500, 0o1777, 0o2775):
        (root / f"folder {mode:o}").mkdir()
        (root / f"folder {mode:o}").chmod(mode)
    there_and_back(tree, root)


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="giving files away needs root")
def test_owners(tree: Tree, root: Path) -> None:
    (root / "theirs").write_text("x")
    (root / "theirs").chmod(0o4755)
    os.chown(root / "theirs", 1234, 4321)
    (root / "theirs").chmod(0o4755)
    (root / "folder").mkdir()
    os.chown(root / "folder", 1234, 4321)
    there_and_back(tree, root)


def test_a_change_of_mode_or_mtime_alone_is_taken_back_without_writing_content(tree: Tree, root: Path) -> None:
    (root / "a").write_bytes(b"x" * 1000)
    mark = tree.barrier()
    inode = (root / "a").stat().st_ino
    (root / "a").chmod(0o600)
    os.utime(root / "a", (1, 1))
    tree.barrier()
    done = tree.restore(mark.seq)
    assert (done.files_changed, done.bytes_written) == (1, 0)
    assert (root / "a").stat().st_ino == inode
    assert tree.changes(mark.seq, tree.barrier().seq) == []


def test_a_file_becomes_a_folder_and_a_folder_a_file(tree: Tree, root: Path) -> None:
    (root / "a").write_text("file")
    (root / "b" / "c" / "d").mkdir(parents=True)
    (root / "b" / "c" / "x").write_text("deep")
    before = look(root)
    first = tree.barrier()
    (root / "a").unlink()
    (root / "a" / "inner").mkdir(parents=True)
    (root / "a" / "inner" / "y").write_text("now a folder")
    shutil.rmtree(root / "b")
    (root / "b").symlink_to("a")
    after = look(root)
    second = tree.barrier()
    tree.restore(first.seq)
    assert look(root) == before
    tree.restore(second.seq)
    assert look(root) == after


def test_a_sparse_file_of_2_gb_costs_next_to_nothing_and_stays_sparse(tree: Tree, root: Path) -> None:
    with (root / "disk.img").open("wb") as file:
        file.truncate(2 << 30)
        file.seek(700 << 20)
        file.write(b"in the middle")
        file.seek((2 << 30) - 3)
        file.write(b"end")
    began = time.monotonic()
    mark = tree.barrier()
    (root / "disk.img").unlink()
    tree.barrier()
    plan = tree.plan(mark.seq)
    assert plan.bytes_to_write < 1 << 20
    tree.restore(mark.seq)
    assert time.monotonic() - began < 5
    status = (root / "disk.img").stat()
    assert status.st_size == 2 << 30
    assert status.st_blocks * 512 < 1 << 20
    with (root / "disk.img").open("rb") as file:
        file.seek(700 << 20)
        assert file.read(13) == b"in the middle"
        file.seek((2 << 30) - 3)
        assert file.read() == b"end"


def test_a_large_file_stores_only_the_chunks_that_changed(history: FileHistory, tree: Tree, root: Path) -> None:
    first = os.urandom(5 << 20) + b"tail"
    (root / "big").write_bytes(first)
    mark = tree.barrier()
    before = history.usage().pack_bytes
    with (root / "big").open("r+b") as file:
        file.seek(3 << 20)
        file.write(b"changed")
    tree.barrier()
    assert history.usage().pack_bytes - before < (1 << 20) + 4096
    tree.restore(mark.seq)
    assert (root / "big").read_bytes() == first


def test_equal_files_are_stored_once(history: FileHistory, tree: Tree, root: Path) -> None:
    data = os.urandom(100_000)
    for number in range(20):
        (root / f"copy {number}").write_bytes(data)
    tree.barrier()
    assert history.usage().pack_bytes < 110_000


def test_sockets_and_pipes_are_left_out_and_do_not_stand_in_the_way(tree: Tree, root: Path) -> None:
    mark = tree.barrier()
    (root / "run").mkdir()
    os.mkfifo(root / "run" / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(root / "run" / "socket"))
    now = tree.barrier()
    assert [entry.path for entry in tree.listing(now.seq)] == [b"run"]
    tree.restore(mark.seq)
    assert list(root.iterdir()) == []


def test_restoring_some_paths_leaves_the_others(tree: Tree, root: Path) -> None:
    (root / "src").mkdir()
    (root / "src" / "a").write_text("1")
    (root / "src.bak").write_text("1")
    mark = tree.barrier()
    for path in (root / "src" / "a", root / "src.bak"):
        path.write_text("2")
    tree.barrier()
    assert tree.restore(mark.seq, [b"src"]).files_changed == 1
    assert ((root / "src" / "a").read_text(), (root / "src.bak").read_text()) == ("1", "2")
    shutil.rmtree(root / "src")
    tree.barrier()
    tree.restore(mark.seq, [b"src/a"])  # its folder comes back with it
    assert (root / "src" / "a").read_text() == "1"


def test_rm_rf_of_everything_the_root_included(tree: Tree, root: Path) -> None:
    for number in range(200):
        (root / f"d{number % 7}" / "deep").mkdir(parents=True, exist_ok=True)
        (root / f"d{number % 7}" / "deep" / str(number)).write_text(str(number))
    before = look(root)
    mark = tree.barrier()
    subprocess.run(["rm", "-rf", root], check=True)
    gone = tree.barrier()
    assert tree.listing(gone.seq) == []
    tree.restore(mark.seq)
    assert look(root) == before
    (root / "later").write_text("still watched")
    assert tree.entry(tree.barrier(rescan=False).seq, b"later") is not None


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_git_gc_and_back(tree: Tree, root: Path) -> None:
    git = ["git", "-C", str(root), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    for number in range(5):
        (root / "file").write_text(f"{number}\n" * 100)
        subprocess.run([*git, "add", "."], check=True)
        subprocess.run([*git, "commit", "-qm", str(number)], check=True)
    before = look(root)
    mark = tree.barrier()
    subprocess.run([*git, "gc", "-q", "--prune=now"], check=True)
    assert recorded(tree, tree.barrier().seq) == look(root) != before
    tree.restore(mark.seq)
    assert look(root) == before
    subprocess.run([*git, "fsck", "--strict"], check=True, capture_output=True)


def test_looking_at_the_past_says_what_was_wrong_with_the_question(tree: Tree, root: Path) -> None:
    (root / "d").mkdir()
    mark = tree.barrier()
    with pytest.raises(NotFound, match="no nothing"):
        tree.read(mark.seq, b"nothing")
    with pytest.raises(InvalidInput):
        tree.read(mark.seq, b"d")
    with pytest.raises(NotFound):
        tree.listing(mark.seq + 1)
    with pytest.raises(NotFound):
        tree.seq_at(tree.window() - 1)


def test_a_listing_can_stop_at_one_level(tree: Tree, root: Path) -> None:
    (root / "a" / "b").mkdir(parents=True)
    (root / "a" / "b" / "c").touch()
    (root / "a0").touch()
    seq = tree.barrier().seq
    assert [e.path for e in tree.listing(seq, recursive=False)] == [b"a", b"a0"]
    assert [e.path for e in tree.listing(seq, b"a", recursive=False)] == [b"a/b"]
    assert [e.path for e in tree.listing(seq, b"a")] == [b"a/b", b"a/b/c"]


def test_a_full_disk_refuses_the_restore_with_the_bytes_needed(
    tree: Tree, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "a").write_bytes(b"1" * 5000)
    mark = tree.barrier()
    (root / "a").write_bytes(b"2")
    tree.barrier()
    monkeypatch.setattr(staging, "_SPARE_BYTES", 1 << 60)  # more than any disk has left
    with pytest.raises(NoSpace, match="5000 bytes"):
        tree.restore(mark.seq)
    assert (root / "a").read_bytes() == b"2"


def test_a_restore_interrupted_at_any_change_is_finished_by_the_next(
    tree: Tree, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        (root / f"d{number}" / "e").mkdir(parents=True)
        (root / f"d{number}" / "e" / "f").write_text(str(number))
    before = look(root)
    mark = tree.barrier()
    spoil(root)
    tree.barrier()
    real = restore._put
    for stop_at in range(1, 18, 4):
        count = 0

        def stumbling(*given: object, stop_at: int = stop_at) -> None:
            nonlocal count
            count += 1
            if count == stop_at:
                raise OSError("killed here")
            real(*given)  # type: ignore[arg-type]

        with monkeypatch.context() as patched:
            patched.setattr(restore, "_put", stumbling)
            with pytest.raises(OSError, match="killed here"):
                tree.restore(mark.seq)
        tree.restore(mark.seq)
        assert look(root) == before
        spoil(root)
        tree.barrier()


def test_a_branch_begins_with_the_files_of_its_moment_and_lives_its_own_life(
    history: FileHistory, tree: Tree, root: Path, tmp_path: Path
) -> None:
    (root / "kept").write_text("same now and then")
    (root / "d").mkdir()
    (root / "d" / "changed").write_text("then")
    (root / "gone").write_text("then")
    (root / "link").symlink_to("kept")
    time.sleep(0.05)
    then = look(root)
    mark = tree.barrier()
    (root / "d" / "changed").write_text("now")
    (root / "gone").unlink()
    tree.barrier()
    branch_root = tmp_path / "branch"
    branch_root.mkdir()
    branch = history.tree("try-x", branch_root)
    branched = branch.branch_from(tree, mark.seq)
    assert branched.files == 3
    assert look(branch_root) == then
    branch.start()
    first = branch.barrier()
    assert recorded(branch, first.seq) == then
    (branch_root / "kept").write_text("only here")
    branch.barrier()
    assert (root / "kept").read_text() == "same now and then"
    branch.restore(first.seq)
    assert look(branch_root) == then
    with pytest.raises(Conflict):
        branch.branch_from(tree, mark.seq)
    branch.restore_from(tree, tree.head().seq)
    assert look(branch_root) == look(root)
