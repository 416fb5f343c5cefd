"""Does what must follow from a change of data.db, in a thread of its own, soon after."""

import threading
from collections.abc import Callable, Mapping

import structlog

_LOOK_EVERY_S = 0.5
_log = structlog.get_logger()


class Changes:
    """`version` grows with every write (Store.version); `works` are done anew once it has grown, by their names.

    What fails is done again at the next look.
    """

    def __init__(self, version: Callable[[], int], works: Mapping[str, Callable[[], None]]) -> None:
        self._version = version
        self._works = works
        self._done: dict[str, int] = {}
        self._failed: set[str] = set()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, name="changes for logs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()

    def _work(self) -> None:
        while True:
            for name, work in self._works.items():
                self._look(name, work)
            if self._ending.wait(_LOOK_EVERY_S):
                return

    def _look(self, name: str, work: Callable[[], None]) -> None:
        version = self._version()
        if self._done.get(name) == version:
            return
        try:
            work()
        except Exception:  # the next look may do: what is followed goes on meanwhile
            if name not in self._failed:  # a full disk is not filled with it twice a second
                _log.exception("not done for logs", what=name)
            self._failed.add(name)
        else:
            self._failed.discard(name)
            self._done[name] = version
