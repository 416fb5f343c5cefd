"""A beat to somebody else's watch, such as Uptime Kuma or healthchecks.io, for as long as alerts are looked after here.

What watches everything is watched by nothing else: when the beats stop, whoever counts them tells people.
"""

import queue
import threading
import time
from collections.abc import Callable

import structlog

_EVERY_S = 50.0
_PATIENCE_S = 10.0
_log = structlog.get_logger()


class Heartbeat:
    """`look` is called after each look at what is measured, and waits for nothing. It beats while `works` says so."""

    def __init__(self, url: str, works: Callable[[], bool]) -> None:
        self._url = url
        self._works = works
        self._last_s = -_EVERY_S
        self._beats: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self.trouble = ""

    def start(self) -> None:
        if self._url:
            self._thread.start()

    def close(self) -> None:
        self._beats.put(False)
        if self._thread.is_alive():
            self._thread.join(_PATIENCE_S)

    def look(self, _now_ms: int) -> None:
        now_s = time.monotonic()
        if self._url and now_s - self._last_s >= _EVERY_S and self._works():
            self._last_s = now_s
            self._beats.put(True)

    def _run(self) -> None:
        import httpx

        while self._beats.get():
            try:
                httpx.get(self._url, timeout=_PATIENCE_S).raise_for_status()
                self.trouble = ""
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                if not self.trouble:
                    _log.warning("the heartbeat is not heard", error=str(error))
                self.trouble = str(error)
