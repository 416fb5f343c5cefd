"""Runs a person's SQL and brings back the last result in values that JSON can carry."""

import base64
import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.abc import PQGen
from psycopg.adapt import Loader, Transformer
from psycopg.errors import error_from_result
from psycopg.generators import fetch, send
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult
from psycopg.sql import SQL

from nacre.core.errors import Failed, InvalidInput, Unavailable

ROWS_AT_ONCE = 500
_EXACT_IN_JSON = (1 << 53) - 1
Json = None | bool | int | float | str | list[Any] | dict[str, Any]


@dataclass(frozen=True)
class Result:
    """The last statement's result: no columns if it returns none. `truncated` says that rows were left out."""

    columns: list[str]
    rows: list[list[Json]]
    row_count: int
    """Rows returned, or rows changed where nothing is returned."""
    command: str
    truncated: bool


def query(connection: Connection[Any], text: str, *, row_limit: int = 10_000, timeout_s: float = 60.0) -> Result:
    """Run one or several statements and return the result of the last, at most `row_limit` rows of it.

    Statements run as psql -c runs them: several together are one transaction. Values come as PostgreSQL prints
    them, except numbers (integers up to 2^53), booleans, NULL and json; bytea comes as base64. Raises
    InvalidInput("sql-error") with SQLSTATE, position and hint; Failed("sql-timeout") after `timeout_s`; Unavailable if
    the connection breaks.
    """
    try:
        connection.execute(
            SQL("SELECT set_config('statement_timeout', %s, false)"), [str(max(1, int(timeout_s * 1000)))]
        )
        with connection.lock:
            return connection.wait(_run(connection, text, row_limit))
    except psycopg.errors.QueryCanceled as error:
        raise Failed(
            "sql-timeout", f"The statement ran longer than {timeout_s:g} s and was cancelled.", hint="Ask for less."
        ) from error
    except psycopg.Error as error:
        raise sql_error(error) from error


def sql_error(error: psycopg.Error) -> InvalidInput | Unavailable:
    """What PostgreSQL said, in our words: message, SQLSTATE, line, detail and its own hint."""
    if error.sqlstate is None or error.sqlstate.startswith(("08", "57P")):
        return Unavailable("postgres-unreachable", f"The connection to Postgres broke: {error}".strip())
    said = error.diag
    message = f"{said.message_primary or str(error).strip()} (SQLSTATE {error.sqlstate}"
    message += f", at character {said.statement_position})" if said.statement_position else ")"
    if said.message_detail:
        message += f" {said.message_detail}"
    return InvalidInput("sql-error", message, hint=said.message_hint or "")


def _run(connection: Connection[Any], text: str, row_limit: int) -> PQGen[Result]:
    """Send the text as it is and read results as they come, so that memory stays small whatever they hold.

    Rows beyond the limit are read and dropped: cancelling would also roll back an INSERT … RETURNING.
    """
    pgconn = connection.pgconn
    reading = Transformer(connection)
    for name, loader in _LOADERS.items():
        reading.adapters.register_loader(name, loader)
    pgconn.send_query(text.encode())
    pgconn.set_chunked_rows_mode(ROWS_AT_ONCE)
    yield from send(pgconn)
    last = Result([], [], 0, "", False)
    broken: PGresult | None = None
    rows: list[list[Json]] = []
    count = 0
    while (part := (yield from fetch(pgconn))) is not None:
        match part.status:
            case ExecStatus.TUPLES_CHUNK | ExecStatus.TUPLES_OK:
                reading.set_pgresult(part)
                wanted = min(part.ntuples, max(0, row_limit - count))
                rows += [[_plain(value) for value in row] for row in reading.load_rows(0, wanted, list)]
                count += part.ntuples
                if part.status == ExecStatus.TUPLES_OK:
                    last = Result(_columns(part), rows, count, _tag(part), count > len(rows))
                    rows, count = [], 0
            case ExecStatus.COMMAND_OK:
                last = Result([], [], part.command_tuples or 0, _tag(part), False)
            case ExecStatus.EMPTY_QUERY:
                pass
            case ExecStatus.FATAL_ERROR:
                broken = broken or part
            case _:  # COPY, which speaks a protocol of its own
                raise InvalidInput(
                    "sql-copy", "COPY from or to the client needs a client.", hint="Use `nacre psql` for it."
                )
    if broken is not None:
        raise error_from_result(broken)
    return last


def _columns(part: PGresult) -> list[str]:
    return [(part.fname(at) or b"").decode() for at in range(part.nfields)]


def _tag(part: PGresult) -> str:
    return (part.command_status or b"").decode()


def _plain(value: Any) -> Json:
    """Records come as tuples; whatever else is not JSON comes as text."""
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value if value is None or isinstance(value, bool | int | float | str | dict) else str(value)


def _loader(convert: Callable[[str], Json]) -> type[Loader]:
    class Converted(Loader):
        def load(self, data: Any) -> Json:
            return convert(bytes(data).decode(errors="replace"))

    return Converted


def _integer(text: str) -> Json:
    """As text where readers of JSON, which know floating point only, would take it for another number."""
    value = int(text)
    return value if abs(value) <= _EXACT_IN_JSON else text


def _number(text: str) -> Json:
    """A JSON number where one can say it exactly enough; NaN and infinities as text, as PostgreSQL prints them."""
    value = float(text)
    return value if math.isfinite(value) else text


def _bytes(text: str) -> str:
    return base64.b64encode(bytes.fromhex(text.removeprefix("\\x"))).decode()


_AS_TEXT: Iterable[str] = (
    "numeric", "date", "time", "timetz", "timestamp", "timestamptz", "interval", "uuid", "inet", "cidr", "text",
    "varchar", "bpchar", "name",
    *(f"{kind}{many}range" for kind in ("int4", "int8", "num", "date", "ts", "tstz") for many in ("", "multi")),
)  # fmt: skip
_LOADERS: dict[str, type[Loader]] = {
    "bool": _loader(lambda text: text == "t"),
    **{name: _loader(_integer) for name in ("int2", "int4", "int8", "oid")},
    **{name: _loader(_number) for name in ("float4", "float8")},
    **{name: _loader(json.loads) for name in ("json", "jsonb")},
    **{name: _loader(str) for name in _AS_TEXT},
    "bytea": _loader(_bytes),
}
