"""A few threads that do one thing after another: what somebody waits for before what goes on in the background."""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")
_URGENT_IN_A_ROW = 8
"""So many at most while other work waits: a crowd must not keep it out."""


class Turns:
    """Called from any thread. Its threads begin with the first work, as many as there is work for."""

    def __init__(self, name: str, most_threads: int = 1) -> None:
        self._name = name
        self._most_threads = most_threads
        self._urgent: deque[Callable[[], None]] = deque()
        self._others: deque[Callable[[], None]] = deque()
        self._in_a_row = 0
        self._changed = threading.Condition()
        self._threads: set[threading.Thread] = set()
        self._idle = 0

    def submit(self, work: Callable[..., T], *args: Any, urgent: bool) -> "Future[T]":
        future: Future[T] = Future()

        def do() -> None:
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(work(*args))
                except BaseException as error:
                    future.set_exception(error)

        with self._changed:
            (self._urgent if urgent else self._others).append(do)
            if len(self._threads) < self._most_threads and self._idle < len(self._urgent) + len(self._others):
                thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._threads.add(thread)
                thread.start()
            self._changed.notify()
        return future

    def close(self) -> None:
        """Let the threads go once their work is done; the next work starts others."""
        with self._changed:
            self._threads.clear()
            self._changed.notify_all()

    def _run(self) -> None:
        while (work := self._next()) is not None:
            work()

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            while not (self._urgent or self._others):
                if threading.current_thread() not in self._threads:
                    return None
                self._idle += 1
                self._changed.wait()
                self._idle -= 1
            if self._urgent and not (self._others and self._in_a_row >= _URGENT_IN_A_ROW):
                self._in_a_row += 1
                return self._urgent.popleft()
            self._in_a_row = 0
            return self._others.popleft()
