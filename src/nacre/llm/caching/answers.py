"""The exact cache: what was answered to the very same prompt, of the same models, with the same options."""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import apsw

from nacre.core.clock import Clock
from nacre.llm.book.book import Book

_MEMORY_BYTES = 1 << 20
"""What was used last is most likely to be asked for again; the book gives any other in some 20 µs."""

_OVERHEAD_BYTES = 1000
"""What an answer takes beside its text: objects in memory, a row with its indexes on disk."""

_ROOM = 0.9
_TOUCH_S = 3600.0
"""How stale “last used” may be on disk: a hit writes nothing most of the time."""


@dataclass(frozen=True)
class Answered:
    """What is kept of an answer. The tokens are those that it took the first time."""

    text: str
    model: str
    finish: str
    input_tokens: int
    output_tokens: int


@dataclass
class _Kept:
    answer: Answered
    expires: datetime
    used: datetime
    size: int


class Answers:
    """Fresh ones are in memory; all of them are in the book until they expire or room runs out."""

    def __init__(self, book: Book, clock: Clock, lives: timedelta, most_bytes: int) -> None:
        self._book = book
        self._clock = clock
        self._lives = lives
        self._most = most_bytes
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._memory = 0
        ((size,),) = book.read("SELECT coalesce(sum(size), 0) FROM answer")
        self._stored = int(size)

    def get(self, key: bytes) -> Answered | None:
        now = self._clock()
        kept = self._kept.get(key) or self._load(key)
        if kept is None or kept.expires <= now:
            return None
        self._kept.move_to_end(key)
        if (now - kept.used).total_seconds() > _TOUCH_S:
            kept.used, used = now, now.timestamp()
            self._book.write_soon(lambda db: db.execute("UPDATE answer SET used_at = ? WHERE key = ?", (used, key)))
        return kept.answer

    def put(self, key: bytes, scope: str, answer: Answered) -> None:
        now = self._clock()
        body = json.dumps(answer.__dict__)
        size = len(body) + _OVERHEAD_BYTES
        self._remember(key, _Kept(answer, now + self._lives, now, size))
        values = (
            key,
            scope,
            answer.model,
            body,
            size,
            now.timestamp(),
            (now + self._lives).timestamp(),
            now.timestamp(),
        )

        def work(connection: apsw.Connection) -> None:
            connection.execute("INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)

        self._book.write_soon(work)
        self._stored += size
        if self._stored > self._most:
            self._make_room()

    async def clear(self, scope: str | None, model: str | None) -> int:
        """Forget answers, of one scope or one model where they are told; how many."""
        self._kept.clear()
        self._memory = 0

        def work(connection: apsw.Connection) -> tuple[int, int]:
            connection.execute(
                "DELETE FROM answer WHERE (?1 IS NULL OR scope = ?1) AND (?2 IS NULL OR model = ?2)", (scope, model)
            )
            gone = connection.changes()
            connection.execute(_FORGET_MEANINGS)
            ((left,),) = connection.execute("SELECT coalesce(sum(size), 0) FROM answer")
            return gone, left

        gone, self._stored = await self._book.write(work)
        return gone

    def _load(self, key: bytes) -> _Kept | None:
        found = self._book.read("SELECT body, expires_at, used_at, size FROM answer WHERE key = ?", (key,))
        if not found:
            return None
        body, expires, used, size = found[0]
        zone = self._clock().tzinfo
        kept = _Kept(
            Answered(**json.loads(body)),
            datetime.fromtimestamp(expires, zone),
            datetime.fromtimestamp(used, zone),
            size,
        )
        self._remember(key, kept)
        return kept

    def _remember(self, key: bytes, kept: _Kept) -> None:
        before = self._kept.pop(key, None)
        self._kept[key] = kept
        self._memory += kept.size - (before.size if before else 0)
        while self._memory > _MEMORY_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._memory -= oldest.size

    def _make_room(self) -> None:
        """Drop what expired, then what was not used for longest, until a tenth is free again."""
        now, room = self._clock().timestamp(), int(self._most * _ROOM)
        self._stored = room

        def work(connection: apsw.Connection) -> None:
            connection.execute("DELETE FROM answer WHERE expires_at <= ?", (now,))
            connection.execute(
                "DELETE FROM answer WHERE key IN (SELECT key FROM (SELECT key, sum(size) OVER "
                "(ORDER BY used_at DESC, key) AS total FROM answer) WHERE total > ?)",
                (room,),
            )
            connection.execute(_FORGET_MEANINGS)

        self._book.write_soon(work)


_FORGET_MEANINGS = "DELETE FROM meaning WHERE key NOT IN (SELECT key FROM answer)"


def key_of(
    scope: str, targets: Sequence[Any], messages: Sequence[tuple[str, str]], settings: Mapping[str, Any]
) -> bytes:
    """One key for all that an answer depends on: whose it is, what would be asked, what it is told, and how."""
    document = json.dumps([scope, targets, messages, settings], sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(document.encode()).digest()
