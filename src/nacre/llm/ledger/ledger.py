"""The ledger of calls: each is written down before it leaves the machine, and settled when it is over."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import apsw

from nacre.core.clock import Clock
from nacre.engines.models.provider import Usage
from nacre.llm.book.book import Book
from nacre.llm.caller import HOME, Caller
from nacre.llm.ledger.budgets import Meter

Outcome = Literal["done", "failed", "cancelled", "lost"]
"""`lost`: the side-car was killed in mid-call. Nobody knows what it cost, so all that it could is counted."""

_SPEND_DAYS = 400


@dataclass
class Entry:
    """One call under way, filled in as it goes. `asked` is the name that was asked for, `model` who answered.

    `cost` is in billionths of a dollar; before the call is over it is the most that it may cost.
    """

    id: str
    at: datetime
    caller: Caller
    purpose: str
    asked: str
    digest: str = ""
    prompt: str | None = None
    model: str | None = None
    error: str | None = None
    cache: str | None = None
    usage: Usage = field(default_factory=lambda: Usage(0, 0))
    cost: int = 0
    first_s: float | None = None
    seconds: float = 0.0
    redacted: int = 0
    answer: str | None = None
    begun: bool = False


class Ledger:
    """`keeps_texts`: whether prompts and answers are kept, or only a digest of the prompt."""

    def __init__(self, book: Book, clock: Clock, keeps_texts: bool) -> None:
        self._book = book
        self._clock = clock
        self.keeps_texts = keeps_texts

    def entry(self, request_id: str, caller: Caller, purpose: str, asked: str) -> Entry:
        """A fresh one, of which no more is known yet."""
        return Entry(request_id, self._clock(), caller, purpose, asked)

    def hold(self, entry: Entry, asked: str, texts: Sequence[str]) -> None:
        """Hold in it what is asked, as it leaves this machine."""
        entry.asked = asked
        entry.digest = hashlib.sha256("\0".join(texts).encode(errors="backslashreplace")).hexdigest()
        entry.prompt = json.dumps(texts, ensure_ascii=False) if self.keeps_texts else None

    async def begin(self, entry: Entry) -> None:
        """Write it down as under way; once this returns, a kill does not lose it."""
        values = _values(entry, "started")
        await self._book.write(lambda connection: _insert(connection, values))
        entry.begun = True

    def end(self, entry: Entry, outcome: Outcome) -> None:
        """Settle it. It is written within moments; until then a kill leaves it as begun, with the most it may cost."""
        if not self.keeps_texts:
            entry.answer = None
        values, day = _values(entry, outcome), _day(entry.at)

        def work(connection: apsw.Connection) -> None:
            _insert(connection, values)
            _spend(connection, day, entry, outcome)

        self._book.write_soon(work)

    async def settle_lost(self) -> int:
        """At the start: what was under way when an earlier side-car was killed is counted with all it may have cost."""

        def work(connection: apsw.Connection) -> int:
            connection.execute(_COUNT_LOST)
            connection.execute("UPDATE request SET outcome = 'lost' WHERE outcome = 'started'")
            return connection.changes()

        return await self._book.write(work)

    def spent(self, meter: Meter) -> int:
        """What the ledger says was spent on a meter, calls under way left out."""
        ((cost,),) = self._book.read(
            f"{_SPENT} AND {_WHO[meter.subject]} = ?",
            (meter.since, meter.scope, HOME, meter.scope, meter.scope, meter.name),
        )
        return int(cost)

    def spent_most(self, meter: Meter) -> int:
        """The same by whoever spent most of those that a meter of its kind is about."""
        who = _WHO[meter.subject]
        found = self._book.read(
            f"{_SPENT} AND {who} <> '' GROUP BY {who} ORDER BY 1 DESC LIMIT 1",
            (meter.since, meter.scope, HOME, meter.scope, meter.scope),
        )
        return int(found[0][0]) if found else 0

    async def trim(self, days: float, most: int) -> None:
        """Forget requests older than that or beyond so many, with what was said of them."""
        before = (self._clock() - timedelta(days=days)).timestamp()
        last_day = _day(self._clock() - timedelta(days=_SPEND_DAYS))

        def work(connection: apsw.Connection) -> None:
            connection.execute("DELETE FROM request WHERE at < ? AND outcome <> 'started'", (before,))
            connection.execute(
                "DELETE FROM request WHERE outcome <> 'started' AND "
                "at < (SELECT at FROM request ORDER BY at DESC LIMIT 1 OFFSET ?)",
                (most,),
            )
            connection.execute("DELETE FROM feedback WHERE request NOT IN (SELECT id FROM request)")
            connection.execute("DELETE FROM spend WHERE day < ?", (last_day,))

        await self._book.write(work)


_WHO = {"everybody": "''", "person": "person", "role": "role", "branch": "site"}
_SPENT = "SELECT coalesce(sum(cost), 0) FROM spend WHERE day >= ? AND (? = ? OR site = ? OR site LIKE ? || ':%')"

_COUNT_LOST = """
INSERT INTO spend (day, site, person, role, model, calls, cached, failed, input_tokens, output_tokens, cost)
SELECT date(at, 'unixepoch'), site, coalesce(person, ''), role, coalesce(model, asked), count(*), 0, count(*),
       sum(input_tokens), sum(output_tokens), sum(cost)
FROM request WHERE outcome = 'started' GROUP BY 1, 2, 3, 4, 5
ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, failed = failed + excluded.failed,
  input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
  cost = cost + excluded.cost
"""

_COLUMNS = (
    "id", "at", "site", "database", "role", "application", "person", "purpose", "asked", "model", "outcome", "error",
    "cache", "input_tokens", "output_tokens", "estimated", "cost", "first_s", "seconds", "redacted", "digest",
    "prompt", "answer",
)  # fmt: skip
_INSERT = f"INSERT OR REPLACE INTO request ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608


def _insert(connection: apsw.Connection, values: tuple[Any, ...]) -> None:
    connection.execute(_INSERT, values)


def _values(entry: Entry, outcome: str) -> tuple[Any, ...]:
    caller = entry.caller
    return (
        entry.id, entry.at.timestamp(), caller.site, caller.database, caller.role, caller.application, caller.person,
        entry.purpose, entry.asked, entry.model, outcome, entry.error, entry.cache, entry.usage.input_tokens,
        entry.usage.output_tokens, entry.usage.estimated, entry.cost, entry.first_s, entry.seconds, entry.redacted,
        entry.digest, _storable(entry.prompt), _storable(entry.answer),
    )  # fmt: skip


def _spend(connection: apsw.Connection, day: str, entry: Entry, outcome: str) -> None:
    caller = entry.caller
    connection.execute(
        "INSERT INTO spend VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
        "calls = calls + 1, cached = cached + excluded.cached, failed = failed + excluded.failed, "
        "input_tokens = input_tokens + excluded.input_tokens, "
        "output_tokens = output_tokens + excluded.output_tokens, cost = cost + excluded.cost",
        (
            day, caller.site, caller.person or "", caller.role, entry.model or entry.asked, entry.cache is not None,
            outcome != "done", entry.usage.input_tokens, entry.usage.output_tokens, entry.cost,
        ),
    )  # fmt: skip


def _storable(text: str | None) -> str | None:
    """SQLite takes no halves of characters."""
    return None if text is None else text.encode(errors="backslashreplace").decode()


def _day(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d")
