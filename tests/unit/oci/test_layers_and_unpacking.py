"""Layers are the same twice, unpack to what they were made of, and never reach outside their folder."""

import gzip
import hashlib
import io
import os
import tarfile
import time
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from nacre.core.errors import Failed, InvalidInput, NotFound, TooLarge
from nacre.engines.oci.blobs import Blobs
from nacre.engines.oci.digests import Digest, digest_of
from nacre.engines.oci.entries import File, Folder, Link, Same, entries_of
from nacre.engines.oci.image import Config, write_image
from nacre.engines.oci.layers import LAYER_TAR, Layer, write_layer
from nacre.engines.oci.manifest import Manifest
from nacre.engines.oci.unpack import Rootfs

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=60).filter(
    lambda name: name not in (".", "..") and not name.startswith(".wh.") and len(name.encode()) < 200
)
TREES = st.dictionaries(
    st.lists(NAMES, min_size=1, max_size=3).map("/".join),
    st.tuples(st.binary(max_size=2000), st.booleans()),
    max_size=8,
)


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "blobs")


@settings(max_examples=30, deadline=None)
@given(tree=TREES)
def test_a_folder_goes_into_a_layer_and_comes_out_of_it_as_it_was(tmp_path_factory, tree):
    base = tmp_path_factory.mktemp("tree")  # left to pytest: a layer is marked durable a moment after it is unpacked
    written = _write(base / "source", tree)
    blobs = Blobs(base / "blobs")
    layer = write_layer(blobs, entries_of(base / "source", "app"))
    root = _unpacked(blobs, base, [layer])
    assert _seen(root / "app") == written
    for path in sorted((base / "source").rglob("*"), reverse=True):
        os.utime(path, (1, 1), follow_symlinks=False)
    backwards = list(entries_of(base / "source", "app"))[::-1]
    assert write_layer(blobs, backwards) == layer, "times and order make no difference"


def test_the_layer_is_what_other_tools_take_for_a_tar(blobs):
    layer = write_layer(
        blobs, [File("a/b", b"x", executable=True), Same("a/c", "a/b"), Link("l", "a/b"), Folder("t", 0o1777)]
    )
    with tarfile.open(blobs.path(layer.digest)) as tar:
        members = {member.name: (member.type, oct(member.mode), member.mtime, member.uid) for member in tar}
    assert list(members) == ["a", "a/b", "a/c", "l", "t"]
    assert members["a/b"] == (tarfile.REGTYPE, "0o755", 0, 0)
    assert members["t"] == (tarfile.DIRTYPE, "0o1777", 0, 0)


def test_an_image_is_the_same_twice_and_nothing_of_it_tells_when_it_was_made(blobs):
    layer = write_layer(blobs, [File("a", b"x")])
    first = write_image(blobs, [layer], Config(argv=("a",), env={"B": "1", "A": "2"}, labels={"x": "y"}))
    assert write_image(blobs, [layer], Config(argv=("a",), env={"A": "2", "B": "1"}, labels={"x": "y"})) == first


def test_later_layers_replace_remove_and_empty(blobs, tmp_path):
    root = _unpacked(blobs, tmp_path, [
        write_layer(blobs, [*(File(name, b"1") for name in ("kept", "gone", "d/old", "f")), Link("s", "/etc")]),
        _raw(blobs, [(name, b"") for name in ("w/", ".wh.gone", "d/.wh..wh..opq")]
             + [(name, b"2") for name in ("d/new", "f/inside", "s/x")]),
        _raw(blobs, [("kept", b"3")], hard={"again": "d/new"}),
    ])  # fmt: skip
    assert _seen(root) == {"kept": b"3", "d/new": b"2", "f/inside": b"2", "s/x": b"2", "again": b"2"}
    assert (root / "again").stat().st_ino == (root / "d/new").stat().st_ino
    assert not (root / "s").is_symlink(), "the folder of the upper layer hides the link, and is not behind it"


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress])
def test_compressed_layers_of_other_tools_are_unpacked(blobs, tmp_path, pack):
    plain = blobs.path(write_layer(blobs, [File("a", b"hello")]).digest).read_bytes()
    packed = blobs.add(pack(plain))
    layer = Layer(packed.digest, digest_of(plain), packed.size_bytes, f"{LAYER_TAR}+x")
    assert _seen(_unpacked(blobs, tmp_path, [layer])) == {"a": b"hello"}


def test_releases_that_share_a_layer_share_its_files(blobs, tmp_path):
    base = write_layer(blobs, [File("base", b"1" * 4096)])
    rootfs = Rootfs(blobs, tmp_path / "unpacked")
    images = [write_image(blobs, [base, write_layer(blobs, [File("app", bytes([n]))])], Config()) for n in range(3)]
    roots = [rootfs.unpack(image) for image in images]
    assert len({(root / "base").stat().st_ino for root in roots}) == 1
    rootfs.keep([images[0].digest], time.time() + 1)
    assert [root.exists() for root in roots] == [True, False, False]
    assert len(list((tmp_path / "unpacked/layers").iterdir())) == 2


async def test_the_next_release_finds_its_lower_part_laid_out(blobs, tmp_path, until):
    base = write_layer(blobs, [File(f"lib/{n}", bytes([n])) for n in range(250)])
    rootfs, spares = Rootfs(blobs, tmp_path / "unpacked"), tmp_path / "unpacked" / "spares"
    releases = [write_image(blobs, [base, write_layer(blobs, [File("app", bytes([n]))])], Config()) for n in range(3)]
    for release in releases:
        laid_out = list(spares.glob("*/lib"))
        number = laid_out[0].stat().st_ino if laid_out else None
        root = rootfs.unpack(release)
        assert number in (None, (root / "lib").stat().st_ino), "the folder itself was taken"
        assert len(list((root / "lib").iterdir())) == 250 and (root / "app").exists()
        await until(lambda: list(spares.glob("*/lib/249")) and not list(spares.glob("*.unfinished*")))
    assert number is not None
    rootfs.keep([], time.time() + 60)
    assert not list(spares.iterdir())


async def test_what_was_not_on_disk_when_the_machine_went_down_is_unpacked_again(blobs, tmp_path, until):
    rootfs, layers = Rootfs(blobs, tmp_path / "unpacked"), tmp_path / "unpacked" / "layers"
    images = [write_image(blobs, [write_layer(blobs, [File("a", bytes([n]))])], Config()) for n in range(2)]
    roots = [rootfs.unpack(image) for image in images]
    await until(lambda: len(list(layers.glob("*/durable"))) == 2)
    lost = layers / images[0].layers[0].digest.removeprefix("sha256:")
    (lost / "durable").unlink()
    rootfs.sweep()
    assert all(root.exists() for root in roots), "this is still the same start of the machine"
    (lost / "boot").write_text("an earlier one")
    (roots[0] / "a").write_bytes(b"")
    rootfs.sweep()
    assert [root.exists() for root in roots] == [False, True] and not lost.exists()
    assert (rootfs.unpack(images[0]) / "a").read_bytes() == b"\0"


HOSTILE = {
    "out of it": [("../evil", b"x")],
    "absolute and up": [("/a/../../evil", b"x")],
    "through its own link": [("l -> /tmp", b""), ("l/evil", b"x")],
    "through a file": [("f", b"x"), ("f/evil", b"x")],
}


@pytest.mark.parametrize("entries", HOSTILE.values(), ids=HOSTILE)
def test_layers_that_mean_harm_are_refused_and_leave_nothing(blobs, tmp_path, entries):
    layer = _raw(blobs, entries)
    with pytest.raises(InvalidInput, match="layer"):
        _unpacked(blobs, tmp_path, [layer])
    assert not list((tmp_path / "unpacked/layers").iterdir())
    assert not list((tmp_path / "unpacked/images").iterdir())


def test_devices_are_refused_and_special_bits_dropped(blobs, tmp_path):
    with pytest.raises(InvalidInput, match="device"):
        _unpacked(blobs, tmp_path, [_raw(blobs, [], device="dev/sda")])
    root = _unpacked(blobs, tmp_path, [_raw(blobs, [("su", b"x")], mode=0o6777)])
    assert oct((root / "su").stat().st_mode & 0o7777) == "0o755"
    assert (root / "su").stat().st_uid == os.geteuid()


def test_absolute_links_stay_links(blobs, tmp_path):
    root = _unpacked(blobs, tmp_path, [_raw(blobs, [("l -> /etc/passwd", b"")])])
    assert (root / "l").readlink() == Path("/etc/passwd")


def test_bounds_hold_for_what_comes_out_not_only_for_what_is_sent(blobs, tmp_path):
    bomb = gzip.compress(_tar([("zeros", bytes(8 << 20))]))
    packed = blobs.add(bomb)
    layer = Layer(packed.digest, digest_of(gzip.decompress(bomb)), packed.size_bytes)
    with pytest.raises(TooLarge):
        _unpacked(blobs, tmp_path, [layer], limit_bytes=1 << 20)


def test_a_layer_that_is_not_what_the_image_says_is_not_used(blobs, tmp_path):
    good, other = write_layer(blobs, [File("a", b"1")]), write_layer(blobs, [File("a", b"2")])
    with pytest.raises(InvalidInput, match="not to"):
        _unpacked(blobs, tmp_path, [Layer(good.digest, other.digest, good.size_bytes)])
    blobs.path(good.digest).write_bytes(b"damaged on disk")
    with pytest.raises(InvalidInput):
        _unpacked(blobs, tmp_path, [good])


def test_blobs_are_proven_bounded_and_whole(blobs):
    with pytest.raises(InvalidInput, match="as announced"):
        blobs.add(b"other", expected=digest_of(b"this"))
    with pytest.raises(TooLarge):
        blobs.add([b"x" * 10, b"x" * 10], limit_bytes=15)
    assert not list(blobs) and not list((blobs.folder / "unfinished").iterdir())
    stored = blobs.add(b"this", expected=digest_of(b"this"))
    assert [blob.digest for blob in blobs] == [stored.digest]
    blobs.path(stored.digest).write_bytes(b"that")
    with pytest.raises(InvalidInput):
        blobs.read(stored.digest, 100)
    assert blobs.remove(stored.digest) == 4 and not blobs.has(stored.digest)
    with pytest.raises(NotFound):
        blobs.open(stored.digest)


def test_a_blob_that_was_asked_for_is_not_collected(blobs):
    stored = blobs.add(b"old")
    os.utime(blobs.path(stored.digest), (1000, 1000))
    assert blobs.has(stored.digest)
    assert blobs.remove(stored.digest, unused_since=2000) == 0


def test_a_file_that_would_be_read_as_a_whiteout_is_named(tmp_path):
    (tmp_path / ".wh.x").touch()
    with pytest.raises(InvalidInput, match=r"\.wh\.x"):
        list(entries_of(tmp_path, "app"))


def test_a_file_swapped_for_a_link_is_not_followed(blobs, tmp_path):
    (tmp_path / "a").symlink_to("/etc/passwd")
    with pytest.raises(Failed):
        write_layer(blobs, [File("a", tmp_path / "a")])
    assert not list(blobs)


def _unpacked(blobs: Blobs, base: Path, layers: list[Layer], limit_bytes: int = 1 << 30) -> Path:
    image: Manifest = write_image(blobs, layers, Config())
    return Rootfs(blobs, base / "unpacked").unpack(image, limit_bytes)


def _write(folder: Path, tree: dict[str, tuple[bytes, bool]]) -> dict[str, bytes]:
    """What could be written of a tree in which a name may be both a file and a folder."""
    written: dict[str, bytes] = {}
    folder.mkdir()
    for path, (content, executable) in tree.items():
        try:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            with (folder / path).open("xb") as file:
                file.write(content)
        except OSError:
            continue
        (folder / path).chmod(0o755 if executable else 0o644)
        written[path] = content + bytes([executable])
    return written


def _seen(root: Path) -> dict[str, bytes]:
    """Contents by path; with the executable bit where it was written by `_write`."""
    found = {}
    for path in root.rglob("*"):
        if path.is_file() and not path.is_symlink():
            mark = bytes([bool(path.stat().st_mode & 0o100)]) if root.name == "app" else b""
            found[str(path.relative_to(root))] = path.read_bytes() + mark
    return found


def _tar(
    entries: list[tuple[str, bytes]], mode: int = 0o644, hard: dict[str, str] | None = None, device: str = ""
) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, content in entries:
            name, _, target = name.partition(" -> ")
            info = tarfile.TarInfo(name)
            info.mode, info.size, info.uid, info.linkname = mode, len(content), 1000, target
            info.type = tarfile.SYMTYPE if target else tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
            tar.addfile(info, io.BytesIO(content))
        for name, target in (hard or {}).items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.LNKTYPE, target
            tar.addfile(info)
        if device:
            info = tarfile.TarInfo(device)
            info.type = tarfile.BLKTYPE
            tar.addfile(info)
    return buffer.getvalue()


def _raw(blobs: Blobs, entries: list[tuple[str, bytes]], **more) -> Layer:
    """A layer as somebody else's tool may write it."""
    raw = _tar(entries, **more)
    blobs.add(raw)
    digest = Digest(f"sha256:{hashlib.sha256(raw).hexdigest()}")
    return Layer(digest, digest, len(raw))
