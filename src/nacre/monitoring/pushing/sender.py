"""Sends looks to another server: as many as it takes, from a queue of so many, never waited for."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from nacre.monitoring.posting import post
from nacre.monitoring.ring import Ring
from nacre.monitoring.sample import Sample

_MOST_LOOKS = 360
"""An hour while somebody looks, six hours else. They are the ring's own numbers, and take no memory beside it."""

_AT_ONCE = 10
_PATIENCE_S = 10.0
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 60.0
_log = structlog.get_logger()

Encode = Callable[[Sequence[Sample]], bytes]


@dataclass(frozen=True)
class Target:
    """Where looks go, and how they are said there. `token_file` has the bearer token; it is read for each message, so
    that it may be changed."""

    url: str
    token_file: Path | None
    headers: dict[str, str]
    encode: Encode


class Sender:
    """`look` is called after each look at what is measured, and returns at once; a thread of its own sends. What does
    not fit into the queue is left out, the oldest first, and counted."""

    def __init__(self, ring: Ring, target: Target) -> None:
        self._ring = ring
        self._target = target
        self._looks: deque[list[Sample]] = deque()
        self._news = threading.Condition()
        self._ending = False
        self._thread = threading.Thread(target=self._run, name="push measures", daemon=True)
        self.left_out = 0
        self.trouble = ""

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """What is not sent by now is left out."""
        with self._news:
            self._ending = True
            self._news.notify()
        if self._thread.is_alive():
            self._thread.join(_PATIENCE_S)

    def look(self, now_ms: int) -> None:
        seen = [one for one in self._ring.latest() if one.time_ms == now_ms]
        with self._news:
            self._looks.append(seen)
            if len(self._looks) > _MOST_LOOKS:
                self._looks.popleft()
                self.left_out += 1
            self._news.notify()

    def _run(self) -> None:
        wait_s = _FIRST_WAIT_S
        while looks := self._waiting():
            try:
                trouble = self._send([one for look in looks for one in look])
            except OSError as error:
                self._note(str(error))
                with self._news:
                    self._news.wait_for(lambda: self._ending, wait_s)
                wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
                continue
            wait_s = _FIRST_WAIT_S
            self._note(trouble)
            with self._news:
                while self._looks and any(self._looks[0] is look for look in looks):
                    self._looks.popleft()

    def _waiting(self) -> list[list[Sample]]:
        """The oldest that there are, without taking them out; none at the end."""
        with self._news:
            self._news.wait_for(lambda: self._looks or self._ending)
            return [] if self._ending else [self._looks[at] for at in range(min(len(self._looks), _AT_ONCE))]

    def _send(self, samples: Sequence[Sample]) -> str:
        """An empty text, or why it was refused for good. Raises OSError where it may be taken later."""
        headers = dict(self._target.headers)
        if self._target.token_file is not None:
            token = self._target.token_file.read_text(errors="replace")  # one that is no text is refused as it is sent
            headers["Authorization"] = f"Bearer {token.strip()}"
        posted = post(self._target.url, self._target.encode(samples), headers, _PATIENCE_S)
        return f"it refused them with {posted.status}: {posted.said}" if posted.refused else ""

    def _note(self, trouble: str) -> None:
        """Said once when it begins, not each time."""
        if trouble and not self.trouble:
            _log.warning("measures are not taken", by=urlsplit(self._target.url).hostname, error=trouble)
        self.trouble = trouble
