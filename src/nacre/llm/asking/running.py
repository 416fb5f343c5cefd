"""Runs a statement that the guard has let through: reading only, for so long, and for so many rows."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, cast

import psycopg

from nacre.core.errors import TooLarge
from nacre.llm.asking.guard.resolved import Connection

_MOST_BYTES = 32 << 20

_PATH = "SET LOCAL search_path TO DEFAULT"
"""As the database's owner has it: the reader's own statements look in pg_catalog alone."""

Stream = AsyncGenerator[tuple[Any, ...], None]


@dataclass(frozen=True)
class Caps:
    rows: int = 1000
    seconds: float = 30.0


@dataclass(frozen=True)
class Result:
    """`rows` as JSON takes them; `more` when there were more rows than the cap."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    more: bool

    def objects(self) -> list[dict[str, Any]]:
        """Each row by its columns; columns of one name are numbered."""
        names: list[str] = []
        for name in self.columns:
            named, number = name, 1
            while named in names:
                number += 1
                named = f"{name}_{number}"
            names.append(named)
        return [dict(zip(names, row, strict=True)) for row in self.rows]


async def run(connection: Connection, sql: str, caps: Caps) -> Result:
    """`connection` is llm_reader's, in autocommit. Raises TooLarge "answer-too-large" (LM017), psycopg.Error.

    A stream is asked for by the extended protocol, which takes one statement alone.
    """
    try:
        async with connection.transaction(force_rollback=True):
            limit = f"SET LOCAL statement_timeout = {int(caps.seconds * 1000)}"
            await connection.execute(f"SET TRANSACTION READ ONLY; {_PATH}; {limit}")
            return await _rows(connection, sql, caps)
    except psycopg.errors.QueryCanceled as error:
        raise TooLarge(
            "answer-too-large",
            f"The query was stopped after {caps.seconds:g} s.",
            hint="Ask for less, or allow more by the option timeout_s.",
        ) from error


async def explain(connection: Connection, sql: str) -> list[str]:
    """Have it planned; the lines of the plan. Raises psycopg.Error with PostgreSQL's diagnostics."""
    async with connection.transaction(force_rollback=True):
        await connection.execute(f"SET TRANSACTION READ ONLY; {_PATH}; SET LOCAL statement_timeout = '5s'")
        async with connection.cursor(binary=True) as cursor:
            await cursor.execute(f"EXPLAIN (FORMAT TEXT) {sql}".encode())
            return [str(line) for (line,) in await cursor.fetchall()]


async def _rows(connection: Connection, sql: str, caps: Caps) -> Result:
    rows: list[tuple[Any, ...]] = []
    size, more = 0, False
    columns: Sequence[str] = ()
    async with connection.cursor() as cursor, aclosing(cast(Stream, cursor.stream(sql.encode()))) as stream:
        async for row in stream:
            if not columns and cursor.description is not None:
                columns = [column.name for column in cursor.description]
            if len(rows) == caps.rows:
                more = True
                break
            said = tuple(as_json(value) for value in row)
            size += sum(len(value) if isinstance(value, str) else 16 for value in said)
            if size > _MOST_BYTES:
                raise TooLarge(
                    "answer-too-large", "The rows are too large to be given at once.", hint="Ask for fewer columns."
                )
            rows.append(said)
        if not columns and cursor.description is not None:
            columns = [column.name for column in cursor.description]
    return Result(tuple(columns), tuple(rows), more)


def as_json(value: Any) -> Any:
    """A value of a row as JSON has it: numbers as numbers, times by ISO 8601, what else there is as its text."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if value == value and abs(value) != float("inf") else str(value)
        case Decimal():
            if not value.is_finite():
                return str(value)
            return int(value) if value == value.to_integral_value() and abs(value) < 1 << 53 else float(value)
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
        case dict():
            return {str(key): as_json(each) for key, each in value.items()}
        case list() | tuple():
            return [as_json(each) for each in value]
        case bytes() | memoryview():
            return f"\\x{bytes(value).hex()}"
        case _:
            return str(value)
