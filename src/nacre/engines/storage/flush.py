"""Puts a whole file system's writes on disk with one call, instead of one per file."""

import ctypes
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

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


@contextmanager
def flushing(path: Path, every_s: float = 0.2) -> Iterator[None]:
    """Flush now and then while the block writes, so that little is left to wait for at its end.

    Raises OSError at the end of the block if the disk refused meanwhile: the kernel tells that only once.
    """
    over = Event()

    def flush_until_over() -> None:
        while not over.wait(every_s):
            flush(path)

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(flush_until_over)
        try:
            yield
        finally:
            over.set()
        running.result()
