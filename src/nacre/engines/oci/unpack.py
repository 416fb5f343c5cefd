"""Unpacks images to root file systems: each layer once, and each image as hard links to its layers' files.

So releases that share layers cost milliseconds and no room. What is linked is shared: a root file system is to be
used read-only.
"""

import errno
import gzip
import hashlib
import json
import math
import os
import secrets
import shutil
import threading
import zlib
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO

import zstandard

from nacre.core.errors import InvalidInput, TooLarge
from nacre.engines.oci.blobs import Blobs, said_in_words
from nacre.engines.oci.digests import Digest, hex_of
from nacre.engines.oci.manifest import LARGEST_MANIFEST_BYTES, Descriptor, Manifest, parse_config
from nacre.engines.oci.spares import Spares
from nacre.engines.oci.tarball import Changes, unpack_tar
from nacre.engines.storage.driver import UNFINISHED, remove_tree
from nacre.engines.storage.flush import flush

LARGEST_UNPACKED_BYTES = 32 << 30
_READ_BYTES = 1 << 20
_FOLDER_MODE = 0o755
_FEW_ENTRIES = 200
_BOOT, _DURABLE = "boot", "durable"
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


class Rootfs:
    """`layers/` and `images/` beneath `folder`, which whoever runs the images must be able to pass through."""

    def __init__(self, blobs: Blobs, folder: Path) -> None:
        self._blobs = blobs
        self._layers = folder / "layers"
        self._images = folder / "images"
        self._one_at_a_time = threading.Lock()
        self._using = threading.Lock()
        for each in (folder, self._layers, self._images):
            each.mkdir(parents=True, exist_ok=True)
            each.chmod(0o711)
        self._spares = Spares(folder / "spares", _lay_out)

    def path(self, digest: Digest) -> Path:
        """Where the image of this digest is, or would be."""
        return self._images / hex_of(digest)

    def unpack(self, manifest: Manifest, limit_bytes: int = LARGEST_UNPACKED_BYTES) -> Path:
        """The root file system of an image whose blobs are all in the store; made at most once.

        Raises InvalidInput "unsafe-layer", "bad-layer", "digest-mismatch", NotFound "blob-not-found", NoSpace,
        TooLarge.
        """
        place = self.path(manifest.digest)
        with self._one_at_a_time, said_in_words():
            if self.touch(manifest.digest):
                return place
            diff_ids = parse_config(self._blobs.read(manifest.config.digest, LARGEST_MANIFEST_BYTES)).diff_ids
            if len(diff_ids) != len(manifest.layers):
                raise InvalidInput("bad-manifest", "The image has another number of layers than it says.")
            layers = [
                self._layer(layer, diff_id, limit_bytes)
                for layer, diff_id in zip(manifest.layers, diff_ids, strict=True)
            ]
            fresh = _fresh(place)
            try:
                below = _lower_part(layers)
                taken = self._spares.take(below, fresh)
                _lay_out(layers[len(below) :] if taken else layers, fresh)
                (fresh.parent / f"{fresh.name}.json").write_text(json.dumps([layer.name for layer in layers]))
                (fresh.parent / f"{fresh.name}.json").rename(place.with_suffix(".json"))
                fresh.rename(place)
            except BaseException:
                remove_tree(fresh)
                raise
        threading.Thread(target=self._prepare, args=(below,), name="prepare a release", daemon=True).start()
        return place

    def touch(self, digest: Digest) -> bool:
        """Whether the image is unpacked; whoever asks is about to use it."""
        with self._using:
            try:
                os.utime(self.path(digest).with_suffix(".json"))
            except FileNotFoundError:
                return False
            return self.path(digest).exists()

    def keep(self, digests: Collection[Digest], unused_since: float) -> None:
        """Remove every other root file system not used since, in seconds since the epoch, and then unneeded layers."""
        names = {hex_of(digest) for digest in digests}
        with self._one_at_a_time:
            gone = [aside for path in self._images.glob("*.json") if path.stem not in names
                    for aside in self._put_aside(path, unused_since)]  # fmt: skip
            needed = {layer for path in self._images.glob("*.json") for layer in json.loads(path.read_text())}
            gone += [_aside(path) for path in self._layers.iterdir() if path.name not in needed]
        for path in gone:
            _remove(path)
        self._spares.trim(unused_since)

    def _prepare(self, layers: Sequence[Path]) -> None:
        with self._one_at_a_time, suppress(OSError):  # the layers went meanwhile, or the disk is full: it is a spare
            self._spares.prepare(layers)

    def _put_aside(self, description: Path, unused_since: float) -> list[Path]:
        """The image under names that nobody asks for, unless it is used; first the folder, without which it is gone."""
        with self._using:
            if description.stat().st_mtime > unused_since:
                return []
            paths = [path for path in (description.with_suffix(""), description) if path.exists()]
            return [_aside(path) for path in paths]

    def sweep(self) -> None:
        """Remove what a crash left half unpacked; to be called at the start, before anything is run.

        What was not on disk yet when the machine went down may have lost its contents, whatever its name promises.
        """
        with self._one_at_a_time:
            for folder in (self._layers, self._images, self._spares.folder):
                for path in folder.glob(f"*{UNFINISHED}*"):
                    _remove(path)
            doubtful = {layer.name for layer in self._layers.iterdir() if _is_doubtful(layer)}
            if doubtful:
                self._spares.trim(math.inf)
            for path in list(self._images.glob("*.json")):
                if doubtful & set(json.loads(path.read_text())):
                    _remove(path.with_suffix(""))
                    _remove(path)
            for name in doubtful:
                _remove(self._layers / name)

    def _layer(self, layer: Descriptor, diff_id: Digest, limit_bytes: int) -> Path:
        place = self._layers / hex_of(diff_id)
        if place.exists():
            return place
        fresh = _fresh(place)
        try:
            _make_folder(fresh / "fs")
            with self._blobs.open(layer.digest) as file:
                stream = _Plain(file, limit_bytes)
                changes = unpack_tar(stream, fresh / "fs", limit_bytes)
                stream.require(diff_id)
            (fresh / "changes.json").write_text(json.dumps(asdict(changes)))
            (fresh / _BOOT).write_text(_this_boot())
            fresh.rename(place)
        except BaseException:
            remove_tree(fresh)
            raise
        # Everything else that is being written here goes to disk along with it: a release does not wait for that.
        threading.Thread(target=_make_durable, args=(place,), name="flush a layer", daemon=True).start()
        return place


class _Plain:
    """The tar in a layer's blob, however it is compressed; counts and hashes what is read of it."""

    def __init__(self, file: IO[bytes], limit_bytes: int) -> None:
        self._hash = hashlib.sha256()
        self._left = limit_bytes + (limit_bytes >> 2)  # what a tar has beside the contents of its files
        self._limit_bytes = limit_bytes
        start = file.read(4)
        file.seek(0)
        self._stream: IO[bytes] | gzip.GzipFile | zstandard.ZstdDecompressionReader = file
        if start.startswith(_GZIP):
            self._stream = gzip.GzipFile(fileobj=file)
        elif start == _ZSTD:
            self._stream = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)

    def read(self, size: int = -1) -> bytes:
        try:
            data = self._stream.read(_READ_BYTES if size < 0 else size)
        except (zlib.error, zstandard.ZstdError, gzip.BadGzipFile, EOFError) as error:
            raise InvalidInput("bad-layer", f"A layer cannot be decompressed: {error}.") from error
        self._left -= len(data)
        if self._left < 0:
            raise TooLarge("layer-too-large", f"Unpacked, a layer has more than {self._limit_bytes:,} bytes.")
        self._hash.update(data)
        return data

    def require(self, diff_id: Digest) -> None:
        """Raises InvalidInput "digest-mismatch" unless the whole of it, to its end, has this digest."""
        while self.read(_READ_BYTES):
            pass
        found = f"sha256:{self._hash.hexdigest()}"
        if found != diff_id:
            raise InvalidInput(
                "digest-mismatch", f"A layer unpacks to {found}, not to {diff_id} as the image says: it is not used."
            )


def _make_durable(layer: Path) -> None:
    with suppress(OSError):  # it was collected meanwhile, or the disk is full: then it stays doubtful
        flush(layer)
        (layer / _DURABLE).touch()


def _is_doubtful(layer: Path) -> bool:
    boot = layer / _BOOT
    return not (layer / _DURABLE).exists() and (not boot.exists() or boot.read_text() != _this_boot())


def _this_boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _lay_out(layers: Sequence[Path], root: Path) -> None:
    for layer in layers:
        _lay_over(layer, root)


def _lower_part(layers: Sequence[Path]) -> Sequence[Path]:
    """What the next release is likely to have too: all but the last layer, and the small ones right below it."""
    number = max(0, len(layers) - 1)
    while number and _changes_of(layers[number - 1]).entries < _FEW_ENTRIES:
        number -= 1
    return layers[:number]


def _changes_of(layer: Path) -> Changes:
    return Changes(**json.loads((layer / "changes.json").read_text()))


def _lay_over(layer: Path, root: Path) -> None:
    changes = _changes_of(layer)
    for path in changes.emptied:
        if _is_folder(root, path):
            for each in list((root / path).iterdir()):
                _remove(each)
    for path in changes.removed:
        above, _, name = path.rpartition("/")
        if _is_folder(root, above):
            _remove(root / above / name)
    _link_all(f"{layer}/fs", str(root))
    for path, target in changes.linked.items():
        _link_lower(root, path, target)


def _link_all(source: str, target: str) -> None:
    """Paths are texts here: an app's modules are tens of thousands of files, and Path costs more than the link."""
    with os.scandir(source) as found:
        for entry in found:
            place = f"{target}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                _make_folder(Path(place))
                _link_all(entry.path, place)
            else:
                _link(entry.path, place)


def _make_folder(place: Path) -> None:
    try:
        place.mkdir()
    except FileExistsError:
        if place.is_dir() and not place.is_symlink():
            return
        place.unlink()
        place.mkdir()
    place.chmod(_FOLDER_MODE)


def _link(source: str, place: str) -> None:
    try:
        os.link(source, place, follow_symlinks=False)
    except FileExistsError:
        _remove(Path(place))
        os.link(source, place, follow_symlinks=False)
    except OSError as error:
        if error.errno != errno.EMLINK:
            raise
        shutil.copy2(source, place, follow_symlinks=False)


def _link_lower(root: Path, path: str, target: str) -> None:
    above, _, name = path.rpartition("/")
    target_above, _, target_name = target.rpartition("/")
    source = root / target_above / target_name
    if not _is_folder(root, target_above) or not source.is_file() or source.is_symlink():
        raise InvalidInput("bad-layer", f"A layer links “{path}” to “{target}”, which no layer has.")
    (root / above).mkdir(parents=True, exist_ok=True)
    if not _is_folder(root, above):
        raise InvalidInput("unsafe-layer", f"A layer holds paths beneath a link, “{above}”.")
    _link(str(source), str(root / above / name))


def _is_folder(root: Path, path: str) -> bool:
    """Whether it is one on the way of which there is no link, so that it lies in the root."""
    current = root
    for part in path.split("/") if path else ():
        current /= part
        if current.is_symlink() or not current.is_dir():
            return False
    return True


def _fresh(place: Path) -> Path:
    fresh = place.with_name(f"{place.name}{UNFINISHED}{secrets.token_hex(4)}")
    fresh.mkdir()
    fresh.chmod(_FOLDER_MODE)
    return fresh


def _aside(path: Path) -> Path:
    """What takes long to remove, renamed to what `sweep` removes if this is cut off."""
    return path.rename(path.with_name(f"{path.name}{UNFINISHED}{secrets.token_hex(4)}"))


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        remove_tree(path)
    else:
        path.unlink(missing_ok=True)
