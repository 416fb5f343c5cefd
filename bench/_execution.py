"""Execution accuracy: a model's statement is right when it gives the rows that the known one gives."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import psycopg
from psycopg.types.json import Jsonb

from bench._questions import Pair
from nacre.core.clock import system_clock
from nacre.core.errors import NacreError
from nacre.core.secrets import SecretBox
from nacre.llm.asking.candidates import same
from nacre.llm.asking.guard.resolved import Connection
from nacre.llm.asking.pipeline import How, write_sql
from nacre.llm.asking.running import Caps, Result, run
from nacre.llm.caller import HOME, Caller
from nacre.llm.configuration import Configuration
from nacre.llm.desk import Desk
from nacre.llm.functions import allowed, load_all
from nacre.llm.opening import open_desk

Why = Literal["asked back", "refused", "failed"]
REPAIRS = 2
_CAPS = Caps(rows=100_000, seconds=60)
_WHY: dict[str, Why] = {"ambiguous-question": "asked back", "LM015": "asked back", "bad-answer": "refused",
                        "LM010": "refused", "sql-refused": "refused", "LM016": "refused"}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """A statement that was let through and planned, or why there is none."""

    sql: str | None
    why: Why | None = None


Write = Callable[[str, int], Awaitable[Told]]
"""A question and how often its statement may be mended."""


@dataclass(frozen=True)
class Outcome:
    """`alone`: right without being mended, which is what the same model does without the repair loop."""

    pair: Pair
    told: Told
    right: bool
    alone: bool
    mended: bool
    seconds: float


async def evaluate(connection: Connection, pairs: Sequence[Pair], write: Write) -> list[Outcome]:
    """One after another. Raises psycopg.Error for a known statement that does not run: then nothing is measured."""
    return [await _one(connection, pair, write) for pair in pairs]


async def _one(connection: Connection, pair: Pair, write: Write) -> Outcome:
    """It is asked again, with repairs, only where that makes a difference; the first answer is the cache's then."""
    known = await run(connection, pair.sql, _CAPS)
    began = time.monotonic()
    first = told = await write(pair.question, 0)
    if first.why == "refused":
        told = await write(pair.question, REPAIRS)
    seconds = time.monotonic() - began
    right = told.sql is not None and agree(pair, known, await _tried(connection, told.sql))
    mended = first.sql is None and told.sql is not None
    return Outcome(pair, told, right, right and not mended, mended, seconds)


def agree(pair: Pair, known: Result, given: Result | None) -> bool:
    """Whether rows answer a question as the known ones do; none never do."""
    if pair.once and given is not None:
        return same(_once(known), _once(given))
    return same(known, given, ordered=pair.ordered)


def _once(result: Result) -> Result:
    return replace(result, rows=tuple({repr(row): row for row in result.rows}.values()))


async def _tried(connection: Connection, sql: str) -> Result | None:
    """None for what was planned and yet fails as it runs, such as a division by zero."""
    try:
        return await run(connection, sql, _CAPS)
    except (psycopg.Error, NacreError):
        return None


def by_sql(connection: Connection, model: str | None) -> Write:
    """Through llm.text2sql in a database that has pg_llm, and the side-car behind it."""

    async def write(question: str, repairs: int) -> Told:
        options = Jsonb({"model": model, "repairs": repairs})
        try:
            asked = await connection.execute("SELECT llm.text2sql(%s, %s) ->> 'sql'", [question, options])
            row = await asked.fetchone()
        except psycopg.Error as error:
            return _none(error.sqlstate or "", error)
        return Told(row[0] if row else None)

    return write


def by_desk(desk: Desk, caller: Caller) -> Write:
    """Through the same pipeline at a desk of this process."""

    async def write(question: str, repairs: int) -> Told:
        try:
            written = await write_sql(desk, caller, question, How(repairs=repairs))
        except NacreError as error:
            return _none(error.code, error)
        return Told(written.chosen.candidate.sql)

    return write


def _none(code: str, error: Exception) -> Told:
    """Raises what is no fault of an answer: a missing key, a provider that is down."""
    if code not in _WHY:
        raise error
    return Told(None, _WHY[code])


@asynccontextmanager
async def desk_at(home: Path, base_url: str, reader: str) -> AsyncIterator[Desk]:
    """A desk whose one model is at `base_url`, and that knows the site `elsewhere/questions` by its conninfo."""
    load_all()
    desk = await open_desk(Configuration(home=home, daemon_uid=0), SecretBox(home / "secret.key"), system_clock)
    try:
        await _call(desk, "add_model", name="recorded", provider="openai", model="recorded", key="x", base_url=base_url,
                    options={"local": False})  # fmt: skip
        await _call(desk, "add_site", name="questions", password="nobody-signs-in-by-this", reader=reader)
        yield desk
    finally:
        await desk.close()


async def _call(desk: Desk, name: str, /, **arguments: Any) -> None:
    function, args = allowed(name, arguments, Caller(HOME, admin=True, person="owner", by_daemon=True), streams=False)
    assert function.handler is not None
    await function.handler(desk, Caller(HOME, admin=True, person="owner", by_daemon=True), args)


async def run_by_desk(home: Path, base_url: str, reader: str, database: str, pairs: Sequence[Pair]) -> list[Outcome]:
    """What a model at `base_url` reaches in a database, asked as its owner; `reader` is the conninfo of llm_reader."""
    async with (
        desk_at(home, base_url, reader) as desk,
        await psycopg.AsyncConnection.connect(reader, autocommit=True) as connection,
    ):
        return await evaluate(connection, pairs, by_desk(desk, Caller("elsewhere/questions", database, database)))


def run_by_sql(url: str, model: str | None, pairs: Sequence[Pair]) -> list[Outcome]:
    async def asking() -> list[Outcome]:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            return await evaluate(connection, pairs, by_sql(connection, model))

    return asyncio.run(asking())
