"""Work that goes on in the background, in a thread of its own, from the daemon's start until its stop."""

import threading
from abc import ABC, abstractmethod


class Worker(ABC):
    """`_work` runs in the thread, and returns soon once `_stopping` is set."""

    def __init__(self, name: str) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end, and wait until it has; does nothing if it was never started."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    @abstractmethod
    def _work(self) -> None: ...
