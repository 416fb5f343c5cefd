"""A damaged store says what is lost, and refuses before it touches anything."""

import os
from pathlib import Path

import pytest

from nacre.core.errors import Damaged
from nacre.engines.files import FileHistory, Tree

from .conftest import look


def one_pack(history: FileHistory) -> Path:
    (pack,) = (history.directory / "packs").glob("*.pack")
    return pack


def flip(path: Path, offset: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)
        file.seek(offset)
        file.write(bytes([byte[0] ^ 0x10]))


@pytest.mark.parametrize("harm", ["flipped bit", "truncated", "missing", "altered header"])
def test_verify_names_the_pack_and_what_is_lost_and_restore_refuses(
    history: FileHistory, tree: Tree, root: Path, harm: str
) -> None:
    (root / "untouched").write_bytes(os.urandom(3000))
    (root / "lost").write_bytes(os.urandom(3000))
    first = tree.barrier()
    (root / "lost").write_bytes(b"the next version")
    (root / "other").write_text("x")
    second = tree.barrier()
    assert history.verify() == []
    place = history.blobs.place(tree.entry(first.seq, b"lost").content)  # type: ignore[union-attr, arg-type]
    assert place is not None
    pack = one_pack(history)
    if harm == "flipped bit":
        flip(pack, place.start + 1000)
    elif harm == "altered header":
        flip(pack, place.start + 10)
    elif harm == "truncated":
        os.truncate(pack, place.start + 100)
    else:
        pack.unlink()
    damages = history.verify()
    assert [damage.pack for damage in damages] == [pack.name]
    lost = next(loss for loss in damages[0].losses if loss.path == b"lost" and loss.from_seq <= first.seq)
    assert (lost.tree_id, lost.until_ns) == ("main", tree.versions(b"lost")[1].entry.time_ns)
    before = look(root)
    with pytest.raises(Damaged, match=rf"lost.*{pack.name}"):
        tree.restore(first.seq)
    assert look(root) == before
    assert tree.barrier().seq == second.seq


def test_a_damaged_chunk_of_a_large_file_is_traced_to_the_file(history: FileHistory, tree: Tree, root: Path) -> None:
    (root / "big").write_bytes(os.urandom(3 << 20))
    mark = tree.barrier()
    flip(one_pack(history), (1 << 20) + 5000)
    (damage,) = history.verify()
    assert [loss.path for loss in damage.losses] == [b"big"]
    (root / "big").unlink()
    tree.barrier()
    with pytest.raises(Damaged, match="big"):
        tree.restore(mark.seq)
    assert not (root / "big").exists()
    with pytest.raises(Damaged, match="big"):
        list(tree.read(mark.seq, b"big"))


def test_a_healthy_part_can_still_be_restored(history: FileHistory, tree: Tree, root: Path) -> None:
    (root / "lost").write_bytes(os.urandom(3000))
    (root / "fine").write_bytes(b"fine")
    mark = tree.barrier()
    place = history.blobs.place(tree.entry(mark.seq, b"lost").content)  # type: ignore[union-attr, arg-type]
    assert place is not None
    for child in root.iterdir():
        child.unlink()
    tree.barrier()
    flip(one_pack(history), place.start + 1000)
    tree.restore(mark.seq, [b"fine"])
    assert [child.name for child in root.iterdir()] == ["fine"]
