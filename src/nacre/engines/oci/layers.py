"""Writes layers: a plain tar whose bytes depend on nothing but the entries' paths, contents and executable bits.

Not compressed, on purpose: what a compressor writes differs from one version of it to the next, and both writing and
unpacking would take several times as long. Docker, podman and skopeo take such layers as they are.
"""

import os
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass

from nacre.core.errors import Failed, InvalidInput
from nacre.engines.oci.blobs import LARGEST_BYTES, Blobs, Writer
from nacre.engines.oci.digests import Digest
from nacre.engines.oci.entries import Entry, File, Folder, Link, Same, open_source

LAYER_TAR = "application/vnd.oci.image.layer.v1.tar"
_READ_BYTES = 1 << 20
_BLOCK = tarfile.BLOCKSIZE


@dataclass(frozen=True)
class Layer:
    """`diff_id` is the digest of the tar itself; `digest` that of the blob, which is the same where it is plain."""

    digest: Digest
    diff_id: Digest
    size_bytes: int
    media_type: str = LAYER_TAR


def write_layer(blobs: Blobs, entries: Iterable[Entry], limit_bytes: int = LARGEST_BYTES) -> Layer:
    """Store a layer of these entries; folders above them are added. The same entries give the same digest.

    Raises TooLarge, NoSpace, Failed "source-changed"; InvalidInput "bad-entry" for a path that is not plain.
    """
    ordered = _ordered(entries)
    with blobs.writing(limit_bytes=limit_bytes) as writer:
        for entry in ordered:
            _write(writer, entry)
        writer.write(bytes(2 * _BLOCK))
    return Layer(writer.digest, writer.digest, writer.size_bytes)


def _ordered(entries: Iterable[Entry]) -> list[Entry]:
    """By path, each once (the last one counts), and each after the folder that it lies in."""
    found = {entry.path: entry for entry in entries}
    for path in list(found):
        parts = path.split("/")
        if any(part in ("", ".", "..") for part in parts) or "\0" in path:
            raise InvalidInput("bad-entry", f"“{path}” cannot be a path in an image.")
        for depth in range(1, len(parts)):
            above = "/".join(parts[:depth])
            found.setdefault(above, Folder(above))
    return [found[path] for path in sorted(found, key=lambda path: path.split("/"))]


def _write(writer: Writer, entry: Entry) -> None:
    info = tarfile.TarInfo(entry.path)
    match entry:
        case Folder():
            info.type, info.mode, info.uid, info.gid = tarfile.DIRTYPE, entry.mode, entry.uid, entry.uid
        case Link():
            info.type, info.mode, info.linkname = tarfile.SYMTYPE, 0o777, entry.target
        case Same():
            info.type, info.mode, info.linkname = tarfile.LNKTYPE, 0o644, entry.as_path
        case File():
            info.mode = 0o755 if entry.executable else 0o644
            _write_file(writer, info, entry)
            return
    writer.write(_header(info))


def _write_file(writer: Writer, info: tarfile.TarInfo, entry: File) -> None:
    if isinstance(entry.source, bytes):
        info.size = len(entry.source)
        writer.write(_header(info) + entry.source + _padding(info.size))
        return
    descriptor, info.size = open_source(entry.source)
    try:
        writer.write(_header(info))
        left = info.size
        while left:
            chunk = os.read(descriptor, min(left, _READ_BYTES))
            if not chunk:
                raise Failed("source-changed", f"{entry.source} became shorter while it was read.", hint="Try again.")
            writer.write(chunk)
            left -= len(chunk)
    finally:
        os.close(descriptor)
    writer.write(_padding(info.size))


def _header(info: tarfile.TarInfo) -> bytes:
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _padding(size_bytes: int) -> bytes:
    return bytes(-size_bytes % _BLOCK)
