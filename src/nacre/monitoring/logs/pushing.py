"""Passes lines on to Loki or VictoriaLogs: as many as it takes, from a queue of so many bytes, never waited for.

The address tells which it is: one that ends in /loki/api/v1/push takes Loki's JSON (VictoriaLogs, too, below /insert);
all others, such as VictoriaLogs' /insert/jsonline, a JSON document a line.

Times are kept in milliseconds; below them stands the line's number within its source. So lines of one millisecond stay
in their order there, and Loki, which takes a line that says the same at the same time for one sent twice, does not drop
what was written twice, and still drops what was sent twice.
"""

import gzip
import json
import logging
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from nacre.engines.logs.line import Entry
from nacre.monitoring.logs.source import Source
from nacre.monitoring.posting import post

_QUEUED_BYTES = 8 << 20
_BATCH_BYTES = 1 << 20
_BESIDE_BYTES = 160
"""What a line takes in memory beside its text, and about what it takes on its way: empty ones are not for nothing."""
_PATIENCE_S = 10.0
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 60.0
_LABELS = ("kind", "name", "project", "branch", "app", "person", "process", "node")
_FIELDS = "?_stream_fields=" + ",".join(_LABELS) + "&_time_field=_time&_msg_field=_msg"
_TO_LOKI, _TO_VICTORIALOGS_AS_LOKI = "/loki/api/v1/push", "/insert/loki/api/v1/push"
_AS_THEY_ARE = "?disable_message_parsing=1"
"""Else VictoriaLogs takes a line of JSON apart, and what an app wrote stands beside what Nacre says of it."""
_NS = 1_000_000
"""In a millisecond."""
_log = logging.getLogger(__name__)

Lines = tuple[Source, int, Sequence[Entry]]
"""Of one source, with the number of the first."""


class _Piece(NamedTuple):
    lines: Lines
    size_bytes: int


class Push:
    """`offer` returns at once; a thread of its own sends. What does not fit into the queue is left out, and counted."""

    def __init__(self, url: str, token: str = "") -> None:
        self._url, self._token = address(url), token
        self._queue: deque[_Piece] = deque()
        self._size_bytes = 0
        self._left_out = 0
        self._refused = False
        self._ending = False
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="push logs", daemon=True)
        self._thread.start()

    def offer(self, source: Source, first: int, entries: Sequence[Entry]) -> None:
        """`first` is the number of the first of them."""
        size_bytes = sum(len(entry.text) + _BESIDE_BYTES for entry in entries)
        with self._news:
            if self._size_bytes + size_bytes > _QUEUED_BYTES:
                self._left_out += len(entries)
                return
            self._queue.append(_Piece((source, first, entries), size_bytes))
            self._size_bytes += size_bytes
            self._news.notify()

    def close(self) -> None:
        """Send what is there if that can be done at once."""
        with self._news:
            self._ending = True
            self._news.notify()
        self._thread.join(_PATIENCE_S)

    def _work(self) -> None:
        wait_s = _FIRST_WAIT_S
        while batch := self._batch():
            try:
                self._send(batch)
            except OSError as error:
                if self._ending:
                    return
                if wait_s == _FIRST_WAIT_S:
                    _log.warning("%s takes no log lines: %s", urlsplit(self._url).hostname, error)
                with self._news:
                    self._news.wait_for(lambda: self._ending, wait_s)
                wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
                continue
            wait_s = _FIRST_WAIT_S
            self._sent(len(batch))

    def _batch(self) -> list[_Piece]:
        """The oldest that there are, without taking them out; empty at the end."""
        with self._news:
            self._news.wait_for(lambda: self._queue or self._ending)
            batch: list[_Piece] = []
            size_bytes = 0
            for piece in self._queue:
                size_bytes += piece.size_bytes
                if batch and size_bytes > _BATCH_BYTES:
                    break
                batch.append(piece)
            return batch

    def _sent(self, count: int) -> None:
        with self._news:
            for _ in range(count):
                self._size_bytes -= self._queue.popleft().size_bytes
            left_out, self._left_out = self._left_out, 0
        if left_out:
            _log.warning("%d log lines were not passed on: it took them too slowly", left_out)

    def _send(self, batch: Sequence[_Piece]) -> None:
        """Raises OSError where it is not taken but may be later; what is refused for good is left out, and said."""
        parts = urlsplit(self._url)
        encode = for_loki if parts.path.endswith(_TO_LOKI) else as_lines
        body = gzip.compress(encode([piece.lines for piece in batch]), 1)
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        posted = post(self._url, body, headers, _PATIENCE_S)
        if posted.refused and not self._refused:  # said once: what is said here is a line to be passed on as well
            _log.warning(
                "%s refused log lines with %d, and those are not passed on: %s",
                parts.hostname,
                posted.status,
                posted.said,
            )
        self._refused = posted.refused


def address(url: str) -> str:
    """With what VictoriaLogs must be told, unless it says something itself."""
    parts = urlsplit(url)
    if parts.query:
        return url
    if parts.path.endswith(_TO_LOKI):
        return url + (_AS_THEY_ARE if parts.path.endswith(_TO_VICTORIALOGS_AS_LOKI) else "")
    return url + _FIELDS


def for_loki(batch: Iterable[Lines]) -> bytes:
    """As Loki's push API takes it: one stream for each source."""
    streams = [
        {
            "stream": labels(source),
            "values": [
                [str(_time_ns(entry, number)), entry.text.decode(errors="replace")]
                for number, entry in enumerate(entries, first)
            ],
        }
        for source, first, entries in batch
    ]
    return json.dumps({"streams": streams}, ensure_ascii=False).encode()


def as_lines(batch: Iterable[Lines]) -> bytes:
    """A JSON document for each line, as VictoriaLogs takes it. Of an empty line it would say that it lacks a text."""
    documents = (
        {
            "_time": _iso(_time_ns(entry, number)),
            "_msg": entry.text.decode(errors="replace") or " ",
            "level": entry.level.name.lower(),
            **labels(source),
        }
        for source, first, entries in batch
        for number, entry in enumerate(entries, first)
    )
    return "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in documents).encode()


def labels(source: Source) -> dict[str, str]:
    return {"job": "nacre", **{name: value for name in _LABELS if (value := getattr(source, name))}}


def _time_ns(entry: Entry, number: int) -> int:
    return entry.time_ms * _NS + number % _NS


def _iso(time_ns: int) -> str:
    seconds, rest = divmod(time_ns, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09}Z"
