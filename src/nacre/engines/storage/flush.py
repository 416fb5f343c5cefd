"""Puts a whole file system's writes on disk with one call, instead of one per file."""

import ctypes
import os
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)


def flush(path: Path) -> None:
    """Return once everything written to the file system of `path` is on disk (syncfs(2)). Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        if _libc.syncfs(descriptor) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), str(path))
    finally:
        os.close(descriptor)
