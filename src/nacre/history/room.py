"""Refuses a copy that the disk has no room for, before anything is begun."""

import os
from contextlib import suppress
from pathlib import Path

from nacre.core.errors import NoSpace
from nacre.engines.storage.driver import Storage

SPARE_BYTES = 64 << 20
"""What a recovery writes by itself, WAL of its own above all, and what those who go on working are to have left."""
_AT_EASE_BYTES = 8 * SPARE_BYTES
"""With less than this left beside it, what was removed but not yet given back is waited for: several may copy at once,
and a database that finds the disk full dies of it."""


def require_room(storage: Storage, folder: Path, size_bytes: int) -> None:
    """Raises NoSpace, with the bytes needed, if a clone of `size_bytes` does not fit on the file system of `folder`.

    A disk filled up by a copy would stop the databases that write to it, so it is asked first.
    """
    needed = SPARE_BYTES + (0 if storage.copy_on_write else size_bytes)
    if storage.free_bytes(folder) < needed + _AT_EASE_BYTES:
        storage.settle(folder, needed + _AT_EASE_BYTES)
    free = storage.free_bytes(folder)
    if free < needed:
        raise NoSpace(
            "disk-full",
            f"This needs {needed:,} bytes of disk, and {free:,} are free; nothing was changed.",
            hint="Free some space, or let go of old history: `nacre history collect`.",
        )


def disk_bytes(folder: Path) -> int:
    """Bytes that a tree takes on disk; files that go while it is walked count as nothing."""
    total = 0
    for inner, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += Path(inner, name).lstat().st_blocks * 512
    return total
