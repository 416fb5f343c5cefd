"""The tar that builds start from: the same for the same files, and never a way out of the folder it is unpacked in."""

import io
import posixpath
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.core.errors import InvalidInput
from nacre.engines.files.sourcetar import Item, pack, stays_inside, unpack

_NAMES = st.sampled_from([b"a", b"b", b"..", b".", b"\xff\xfe", "ä".encode(), b"x" * 120])
_PATHS = st.lists(_NAMES.filter(lambda name: name not in (b"..", b".")), min_size=1, max_size=4).map(b"/".join)


@given(path=_PATHS, target=st.lists(_NAMES, min_size=1, max_size=5).map(b"/".join))
def test_a_link_that_stays_inside_never_resolves_above_the_top(path, target):
    reached = posixpath.normpath(posixpath.join(b"/top", posixpath.dirname(path), target))
    assert stays_inside(path, target) == (reached == b"/top" or reached.startswith(b"/top/"))


@given(files=st.dictionaries(_PATHS, st.tuples(st.binary(max_size=2000), st.booleans()), max_size=6))
def test_what_is_packed_comes_out_as_it_was(files, tmp_path_factory):
    kept = {path: one for path, one in files.items() if not any(other.startswith(path + b"/") for other in files)}
    folder = tmp_path_factory.mktemp("out")
    unpack(_packed(kept), folder)
    found = {bytes(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    assert {path: file.read_bytes() for path, file in found.items()} == {path: one[0] for path, one in kept.items()}
    assert all(bool(file.stat().st_mode & 0o100) == kept[path][1] for path, file in found.items())
    assert b"".join(_packed(kept)) == b"".join(_packed(kept))


def test_links_out_of_the_source_are_left_out_and_others_kept(tmp_path):
    items = [
        Item(b"in", "symlink", content=[b"./there"]),
        Item(b"out", "symlink", content=[b"../../etc/passwd"]),
        Item(b"there", "file", 2, content=[b"h", b"i"]),
        Item(b"whole", "symlink", content=[b"/etc/passwd"]),
    ]
    unpack(pack(items), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "there"]
    assert (tmp_path / "in").read_text() == "hi"


@pytest.mark.parametrize(
    "members",
    [
        [("../x", None)],
        [("/x", None)],
        [("a/../../x", None)],
        [("l", "/etc")],
        [("l", "..")],
        [("l", "d"), ("l/x", None)],
        [("x", None), ("x", None)],
    ],
)
def test_a_tar_made_to_harm_is_refused_and_leaves_nothing_outside(members, tmp_path):
    folder = tmp_path / "in"
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as tar:
        for name, target in members:
            info = tarfile.TarInfo(name)
            if target:
                info.type, info.linkname = tarfile.SYMTYPE, target
            tar.addfile(info)
    with pytest.raises(InvalidInput) as refused:
        unpack([written.getvalue()], folder)
    assert refused.value.code == "bad-source"
    assert list(tmp_path.iterdir()) == [folder]


def _packed(files: dict[bytes, tuple[bytes, bool]]):
    return pack(Item(path, "file", len(text), runs, [text]) for path, (text, runs) in sorted(files.items()))
