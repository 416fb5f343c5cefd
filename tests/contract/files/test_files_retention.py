"""Collection takes what nobody can ask for any more, and nothing else."""

import os
import time
from pathlib import Path

import pytest

from nacre.core.errors import NotFound
from nacre.engines.files import FileHistory, Tree, retention

from .conftest import look, recorded


def versions(tree: Tree, root: Path, count: int) -> list[tuple[int, int, dict[bytes, tuple[object, ...]]]]:
    """`count` moments (seq, time_ns, look), each with a large share of new content."""
    made = []
    for number in range(count):
        for name in range(4):
            (root / f"f{name}").write_bytes(os.urandom(100_000))
        (root / f"only {number}").mkdir()
        if number:
            (root / f"only {number - 1}").rmdir()
        mark = tree.barrier()
        made.append((mark.seq, mark.time_ns, look(root)))
        time.sleep(0.01)
    return made


def test_what_is_kept_is_whole_and_what_is_not_gives_its_space_back(
    history: FileHistory, tree: Tree, root: Path
) -> None:
    (root / "constant").write_text("from the first moment on")
    made = versions(tree, root, 8)
    before = history.usage()
    collected = history.collect({"main": made[6][1]}, {"main": {made[2][0]}})
    after = history.usage()
    assert collected.entries > 0
    assert collected.blobs == 4 * 5
    assert after.pack_bytes < before.pack_bytes * 0.6
    assert tree.window() == made[6][1]
    for seq, time_ns, then in made[6:]:
        assert tree.seq_at(time_ns) == seq
        assert recorded(tree, seq) == then
    assert recorded(tree, made[2][0]) == made[2][2]
    for seq, time_ns, _ in (made[0], made[3], made[5]):
        with pytest.raises(NotFound):
            tree.listing(seq)
        with pytest.raises(NotFound):
            tree.seq_at(time_ns)
    assert history.verify() == []
    tree.restore(made[2][0])
    assert look(root) == made[2][2]
    tree.restore(made[6][0])
    assert look(root) == made[6][2]


def test_collecting_again_changes_nothing_and_unpinned_moments_go(history: FileHistory, tree: Tree, root: Path) -> None:
    made = versions(tree, root, 4)
    history.collect({"main": made[2][1]}, {"main": {made[0][0]}})
    size = history.usage().blobs
    again = history.collect({"main": made[2][1]}, {"main": {made[0][0]}})
    assert (again.entries, again.blobs, history.usage().blobs) == (0, 0, size)
    history.collect({"main": made[2][1]}, {})
    with pytest.raises(NotFound):
        tree.listing(made[0][0])
    assert history.usage().blobs == 8


@pytest.mark.parametrize("step", ["_forget_before", "sweep", "_move", "remove_except"])
def test_stopped_at_any_step_nothing_kept_is_lost_and_the_next_collection_finishes(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    history = FileHistory(tmp_path / "history")
    tree = history.tree("main", root)
    tree.start()
    made = versions(tree, root, 6)

    def stop(*_: object, **__: object) -> None:
        raise InterruptedError(step)

    owner = history.packs if step == "remove_except" else retention
    with monkeypatch.context() as patched:
        patched.setattr(owner, step, stop)
        with pytest.raises(InterruptedError):
            history.collect({"main": made[4][1]}, {})
    history.close()
    again = FileHistory(tmp_path / "history")
    assert again.verify() == []
    tree = again.tree("main", root)
    tree.start()
    assert recorded(tree, made[4][0]) == made[4][2]
    again.collect({"main": made[4][1]}, {})
    assert again.usage().blobs == 8
    assert again.verify() == []
    assert len(list((tmp_path / "history" / "packs").iterdir())) == 1
    again.close()


def test_the_cap_drops_the_oldest_first_and_never_the_present(history: FileHistory, tree: Tree, root: Path) -> None:
    made = versions(tree, root, 10)
    whole = history.usage()
    cap = (whole.pack_bytes + whole.index_bytes) // 2
    capped = history.enforce_cap(cap, {})
    assert capped.size_bytes <= cap
    assert made[0][1] < capped.dropped_before["main"] == tree.window() <= time.time_ns()
    assert recorded(tree, made[-1][0]) == made[-1][2]
    pinned = history.enforce_cap(1, {"main": {made[-1][0]}})
    assert pinned.size_bytes > 1
    assert pinned.lost_pins == {"main": {made[-1][0]}}
    assert recorded(tree, tree.head().seq) == look(root)
    assert history.verify() == []


def test_a_forgotten_branch_gives_its_space_back(history: FileHistory, tree: Tree, root: Path, tmp_path: Path) -> None:
    (root / "a").write_bytes(os.urandom(200_000))
    mark = tree.barrier()
    (tmp_path / "b").mkdir()
    branch = history.tree("b", tmp_path / "b")
    branch.branch_from(tree, mark.seq)
    branch.start()
    (tmp_path / "b" / "own").write_bytes(os.urandom(300_000))
    branch.barrier()
    history.forget("b")
    (tmp_path / "b" / "too late").touch()
    with pytest.raises(NotFound):
        branch.barrier()
    history.collect({}, {})
    assert history.usage().pack_bytes < 250_000
    assert recorded(tree, mark.seq) == look(root)
