"""The version of a file's content, by which two who edit it are told apart."""

import os

import blake3

from nacre.engines.files.edits import Edits

HASHED_UP_TO_BYTES = 16 << 20
_PIECE_BYTES = 1 << 20


def version(content: bytes) -> str:
    """The etag of a whole content."""
    return blake3.blake3(content).hexdigest(length=16)


def version_of(edits: Edits, path: bytes) -> str:
    """The etag of a file as it is on disk: of its content, where that is at most 16 MiB, else of its attributes."""
    fd = edits.open(path)
    try:
        status = os.fstat(fd)
        if status.st_size > HASHED_UP_TO_BYTES:
            return f"{status.st_ino:x}-{status.st_size:x}-{status.st_mtime_ns:x}"
        digest = blake3.blake3()
        while piece := os.read(fd, _PIECE_BYTES):
            digest.update(piece)
        return digest.hexdigest(length=16)
    finally:
        os.close(fd)
