"""Reaching paths inside a tree without ever leaving it: every step is an openat that refuses symlinks.

The tree belongs to untrusted code and the daemon is often root: a folder swapped for a symlink between two system
calls must not make it read or write anywhere else.
"""

import os
from collections import OrderedDict
from pathlib import Path

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_KEEP_OPEN = 64

# What the kernel answers when a step of a path is missing, or is a file or a symlink instead of a folder.
NOT_THERE = (FileNotFoundError, NotADirectoryError)


class Beneath:
    """Folders of one tree by path, a few kept open. Use it for one batch of work, then close it: folders move."""

    def __init__(self, root: Path) -> None:
        self._open: OrderedDict[bytes, int] = OrderedDict()
        try:
            self._root_fd: int | None = os.open(root, _DIRECTORY)
        except NOT_THERE:
            self._root_fd = None  # a tree whose root is missing is an empty tree

    def __enter__(self) -> "Beneath":
        return self

    def __exit__(self, *_: object) -> None:
        self.forget()
        if self._root_fd is not None:
            os.close(self._root_fd)

    def directory(self, path: bytes) -> int:
        """A descriptor of the folder `path`, valid until a few dozen other folders were asked for; never close it.

        Raises FileNotFoundError or NotADirectoryError (see NOT_THERE), PermissionError.
        """
        if self._root_fd is None:
            raise FileNotFoundError("the root of the tree")
        if not path:
            return self._root_fd
        found = self._open.get(path)
        if found is not None:
            self._open.move_to_end(path)
            return found
        missing = [path]
        base = self._root_fd
        while True:
            parent = missing[-1].rpartition(b"/")[0]
            if not parent:
                break
            if parent in self._open:
                base = self._open[parent]
                break
            missing.append(parent)
        for step in reversed(missing):
            base = self._keep(step, _open_step(step.rpartition(b"/")[2], base))
        return base

    def locate(self, path: bytes) -> tuple[int, bytes]:
        """(descriptor of the parent folder, last name) for use as dir_fd. Raises like `directory`."""
        parent, _, name = path.rpartition(b"/")
        return self.directory(parent), name

    def forget(self) -> None:
        """Close what is kept open, because folders have moved."""
        while self._open:
            os.close(self._open.popitem()[1])

    def _keep(self, path: bytes, fd: int) -> int:
        self._open[path] = fd
        # The newest must outlive the walk that needs it as a base, hence evict only the oldest.
        if len(self._open) > _KEEP_OPEN:
            os.close(self._open.popitem(last=False)[1])
        return fd


def _open_step(name: bytes, dir_fd: int) -> int:
    if name in (b"", b".", b".."):
        raise FileNotFoundError(name)
    return os.open(name, _DIRECTORY, dir_fd=dir_fd)
