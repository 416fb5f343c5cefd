"""Passes lines on to Loki or VictoriaLogs: as many as it takes, from a queue of so many bytes, never waited for.

The address tells which it is: one that ends in /loki/api/v1/push takes Loki's JSON (VictoriaLogs, too, below /insert);
all others, such as VictoriaLogs' /insert/jsonline, a JSON document a line.
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
_PATIENCE_S = 10.0
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 60.0
_LABELS = ("kind", "name", "project", "branch", "app", "person", "process")
_FIELDS = "?_stream_fields=" + ",".join(_LABELS) + "&_time_field=_time&_msg_field=_msg"
_log = logging.getLogger(__name__)


class _Piece(NamedTuple):
    source: Source
    entries: Sequence[Entry]
    size_bytes: int


class Push:
    """`offer` returns at once; a thread of its own sends. What does not fit into the queue is left out, and counted."""

    def __init__(self, url: str, token: str = "") -> None:
        self._url, self._token = url, token
        self._queue: deque[_Piece] = deque()
        self._size_bytes = 0
        self._left_out = 0
        self._refused = False
        self._ending = False
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="push logs", daemon=True)
        self._thread.start()

    def offer(self, source: Source, entries: Sequence[Entry]) -> None:
        size_bytes = sum(len(entry.text) for entry in entries)
        with self._news:
            if self._size_bytes + size_bytes > _QUEUED_BYTES:
                self._left_out += len(entries)
                return
            self._queue.append(_Piece(source, entries, size_bytes))
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
        to_loki = parts.path.endswith("/loki/api/v1/push")
        url = self._url if to_loki or parts.query else self._url + _FIELDS
        body = gzip.compress(for_loki(batch) if to_loki else as_lines(batch), 1)
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        posted = post(url, body, headers, _PATIENCE_S)
        if posted.refused and not self._refused:  # said once: what is said here is a line to be passed on as well
            _log.warning("%s refused log lines with %d: they are not passed on", parts.hostname, posted.status)
        self._refused = posted.refused


def for_loki(batch: Iterable[tuple[Source, Sequence[Entry], int]]) -> bytes:
    """As Loki's push API takes it: one stream for each source."""
    streams = [
        {
            "stream": labels(source),
            "values": [[str(entry.time_ms * 1_000_000), entry.text.decode(errors="replace")] for entry in entries],
        }
        for source, entries, _ in batch
    ]
    return json.dumps({"streams": streams}, ensure_ascii=False).encode()


def as_lines(batch: Iterable[tuple[Source, Sequence[Entry], int]]) -> bytes:
    """A JSON document for each line, as VictoriaLogs takes it."""
    documents = (
        {
            "_time": datetime.fromtimestamp(entry.time_ms / 1000, UTC).isoformat(timespec="milliseconds"),
            "_msg": entry.text.decode(errors="replace"),
            "level": entry.level.name.lower(),
            **labels(source),
        }
        for source, entries, _ in batch
        for entry in entries
    )
    return "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in documents).encode()


def labels(source: Source) -> dict[str, str]:
    return {"job": "nacre", **{name: value for name in _LABELS if (value := getattr(source, name))}}
