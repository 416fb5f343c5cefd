"""The inotify side of one tree: which folder each watch stands for, and the raw events read so far.

The kernel queues an event before the system call that caused it returns, so whoever drains the queue has seen
everything that happened before: no cookie file is needed for ordering.
"""

import errno
import os
import threading
import time
from collections.abc import Callable

from inotify_simple import INotify, flags, parse_events

_CHANGES = (
    flags.MODIFY | flags.ATTRIB | flags.CLOSE_WRITE | flags.CREATE | flags.DELETE | flags.MOVED_FROM | flags.MOVED_TO
)
_FOLDER = _CHANGES | flags.ONLYDIR | flags.EXCL_UNLINK
_ROOT = _FOLDER | flags.DELETE_SELF | flags.MOVE_SELF
_READ_BYTES = 1 << 20
_BUFFER_LIMIT_BYTES = 64 << 20


class Watches:
    """`drain` may be called from any thread; everything else is guarded by the tree's lock.

    `limit` says in words why not every folder is watched; "" when every one is.
    """

    def __init__(self, now_ns: Callable[[], int] = time.time_ns) -> None:
        self.limit = ""
        self._now_ns = now_ns
        self._path: dict[int, bytes] = {}
        self._wd: dict[bytes, int] = {}
        self._io = threading.Lock()
        self._raw: list[tuple[int, bytes]] = []
        self._raw_bytes = 0
        self._overflow = False
        self.inotify: INotify | None = None
        try:
            self.inotify = INotify(nonblocking=True)
        except OSError as error:
            self.limit = _explain(error)

    @property
    def overflow(self) -> bool:
        """Whether events were lost since `forgive`."""
        return self._overflow

    def forgive(self) -> None:
        self._overflow = False

    def place(self, path: bytes, fd: int) -> None:
        """Watch the folder open as `fd`, known as `path` from now on; tells the limit instead of raising."""
        if self.inotify is None:
            return
        try:
            wd = self.inotify.add_watch(f"/proc/self/fd/{fd}", _FOLDER if path else _ROOT)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.ENOMEM):
                self.limit = _explain(error)
                return
            if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.EACCES):
                return  # removed meanwhile (its parent's watch tells), or not ours to read (reported by the survey)
            raise
        before = self._wd.get(path)
        if before is not None and before != wd and self._path.get(before) == path:
            self._remove(before)
        self._path[wd] = path
        self._wd[path] = wd

    def forget(self, path: bytes) -> None:
        """The folder `path` is gone. When it only moved, its watch already stands for the new path and stays."""
        wd = self._wd.pop(path, None)
        if wd is not None and self._path.get(wd) == path:
            self._remove(wd)

    def lost(self, wd: int) -> None:
        """The kernel has dropped this watch."""
        path = self._path.pop(wd, None)
        if path is not None and self._wd.get(path) == wd:
            del self._wd[path]

    def path_of(self, wd: int) -> bytes | None:
        return self._path.get(wd)

    @property
    def root_watched(self) -> bool:
        return b"" in self._wd

    def drain(self) -> None:
        """Take everything the kernel has queued so far."""
        if self.inotify is None:
            return
        with self._io:
            while True:
                try:
                    data = os.read(self.inotify.fileno(), _READ_BYTES)
                except BlockingIOError:
                    return
                self._raw.append((self._now_ns(), data))
                self._raw_bytes += len(data)
                if self._raw_bytes > _BUFFER_LIMIT_BYTES:
                    self._raw, self._raw_bytes, self._overflow = [], 0, True

    def events(self) -> list[tuple[int, int, int, bytes]]:
        """(time read in ns, watch, mask, name) of all drained events, in the kernel's order, each handed out once."""
        with self._io:
            raw, self._raw, self._raw_bytes = self._raw, [], 0
        found = []
        for at_ns, data in raw:
            for event in parse_events(data):
                if event.mask & flags.Q_OVERFLOW:
                    self._overflow = True
                else:
                    found.append((at_ns, event.wd, event.mask, os.fsencode(event.name)))
        return found

    def close(self) -> None:
        with self._io:
            if self.inotify is not None:
                self.inotify.close()
                self.inotify = None

    def _remove(self, wd: int) -> None:
        self._path.pop(wd, None)
        if self.inotify is not None:
            try:
                self.inotify.rm_watch(wd)
            except OSError:
                pass  # the folder is gone, and the watch with it


def _explain(error: OSError) -> str:
    setting = "max_user_instances" if error.errno == errno.EMFILE else "max_user_watches"
    return (
        f"not every folder can be watched ({error.strerror}): changes there are found by rescans, seconds later."
        f" Raise fs.inotify.{setting} with sysctl."
    )
