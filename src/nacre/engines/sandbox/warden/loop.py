"""Waits for descriptors and for times, and calls back: asyncio would take longer to import than a sandbox to start."""

import heapq
import itertools
import select
import sys
import time
from collections.abc import Callable

Callback = Callable[[], object]


class Loop:
    """Single-threaded. A callback must not block."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._watched: dict[int, tuple[Callback | None, Callback | None]] = {}
        self._timers: list[tuple[float, int, Callback]] = []
        self._numbers = itertools.count()
        self.ended = False

    def watch(self, fd: int, readable: Callback | None = None, writable: Callback | None = None) -> None:
        """Call back when `fd` can be read or written; replaces the watch there was. Without callbacks it is forgotten.

        A descriptor is forgotten before it is closed.
        """
        if readable is None and writable is None:
            if self._watched.pop(fd, None) is not None:
                self._epoll.unregister(fd)
            return
        events = (select.EPOLLIN if readable else 0) | (select.EPOLLOUT if writable else 0)
        if fd in self._watched:
            self._epoll.modify(fd, events)
        else:
            self._epoll.register(fd, events)
        self._watched[fd] = (readable, writable)

    def later(self, seconds: float, callback: Callback) -> None:
        """Call back once, in so many seconds."""
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._numbers), callback))

    def run(self) -> None:
        """Until `ended` is set."""
        while not self.ended:
            for fd, events in self._epoll.poll(self._patience_s()):
                # One callback may have forgotten what another event of this round is about.
                if events & ~select.EPOLLOUT and (watch := self._watched.get(fd)) and watch[0]:
                    self._call(fd, watch[0])
                if events & ~select.EPOLLIN and (watch := self._watched.get(fd)) and watch[1]:
                    self._call(fd, watch[1])
            while self._timers and self._timers[0][0] <= time.monotonic():
                heapq.heappop(self._timers)[2]()

    def _call(self, fd: int, callback: Callback) -> None:
        """One connection that breaks must not end all that runs here: the log tells of it, and it is heard no more."""
        try:
            callback()
        except Exception:
            sys.excepthook(*sys.exc_info())  # without a module that takes long to import
            self.watch(fd)

    def _patience_s(self) -> float | None:
        return max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else None
