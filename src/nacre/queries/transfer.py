"""Takes whole tables out as CSV and brings them in, streamed both ways, as the person's own role."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier, Literal

from nacre.branches.catalog import Catalog
from nacre.branches.trees import Trees
from nacre.core.errors import InvalidInput
from nacre.core.names import Ref
from nacre.core.operations import Answer, Stream
from nacre.core.progress import report
from nacre.engines.files.paths import read_path
from nacre.queries import csvtext
from nacre.queries.conditions import ALIAS, Condition, Order, order_by, require_column, where
from nacre.queries.names import TableName
from nacre.queries.reach import Reach
from nacre.queries.shape import find

TRANSFER_S = 3600.0
ERRORS_TOLD = 20
_ROWS_PER_REPORT = 10_000
_PIECE_BYTES = 1 << 16


class LineError(Answer):
    line: int
    column: str
    value: str
    error: str


class CsvImported(Answer):
    """`ok` is false when lines do not fit: then `errors` names the first of them, and nothing was written."""

    ok: bool
    table: str
    rows: int
    columns: list[str]
    errors: list[LineError]
    dry_run: bool
    seconds: float


class Transfer:
    def __init__(self, reach: Reach, catalog: Catalog, trees: Trees) -> None:
        self._reach = reach
        self._catalog = catalog
        self._trees = trees

    def file(self, ref: Ref, path: str) -> Iterator[bytes]:
        """A file of the branch as it is now, in pieces. Raises NotFound, InvalidInput for what is no file."""
        tree = self._trees.tree(self._catalog.branch(ref))
        return tree.read(tree.barrier(rescan=False).seq, read_path(path))

    def export(
        self,
        ref: Ref,
        table: TableName,
        *,
        columns: Sequence[str],
        conditions: Sequence[Condition],
        orders: Sequence[Order],
        delimiter: str,
        database: str | None,
        moment: str | None,
    ) -> Stream:
        """The rows as CSV with a header. Raises at once what is wrong with the call."""
        with ExitStack() as opening:
            connection = opening.enter_context(self._reach.looking(ref, database, moment, timeout_s=TRANSFER_S))
            found = find(connection, table)
            shown = [require_column(name, found.types) for name in columns] or list(found.types)
            for order in orders:
                require_column(order.column, found.types)
            rows = SQL("SELECT {} FROM {} AS {}{}{}").format(
                SQL(", ").join(map(Identifier, shown)),
                table.sql,
                Identifier(ALIAS),
                where(conditions, found.types),
                order_by(orders),
            )
            statement = SQL("COPY ({}) TO STDOUT (FORMAT csv, HEADER true, DELIMITER {})").format(
                rows, Literal(_one_character(delimiter))
            )
            held = opening.pop_all()
        chunks = _copied(held, connection, statement)
        begun = _begun(next(chunks, b""), chunks)  # what Postgres refuses is refused before the stream begins
        return Stream.of(begun, f"{table.name}.csv".replace("/", "_"), media_type="text/csv; charset=utf-8")

    def load(
        self,
        ref: Ref,
        table: TableName,
        chunks: Iterable[bytes],
        *,
        mapping: Sequence[str],
        delimiter: str,
        null: str,
        dry_run: bool,
        database: str | None,
    ) -> CsvImported:
        """Bring in CSV with a header, all of it or nothing. Raises InvalidInput for what is no CSV, or does not fit."""
        started = time.monotonic()
        with self._reach.connection(ref, database, timeout_s=TRANSFER_S) as connection:
            records = csvtext.read(chunks, _one_character(delimiter))
            header = next(records, None)
            if header is None:
                raise InvalidInput("bad-csv", "There is nothing in it.", hint="The first line names the columns.")
            found = find(connection, table)
            fields = csvtext.matched(header[1], list(found.types), csvtext.parse_mapping(mapping))
            names = [name for _, name in fields]
            with connection.transaction() as transaction:
                rows = _stage(connection, fields, len(header[1]), records, null)
                errors = _misfits(connection, {name: found.types[name] for name in names})
                if not errors:
                    report("writing rows", done=0, total=rows)
                    _move(connection, table, {name: found.types[name] for name in names})
                if errors or dry_run:
                    raise psycopg.Rollback(transaction)
        return CsvImported(
            ok=not errors, table=str(table), rows=0 if errors else rows, columns=names, errors=errors, dry_run=dry_run,
            seconds=time.monotonic() - started,
        )  # fmt: skip


def _begun(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _copied(held: ExitStack, connection: Connection[Any], statement: Composed) -> Iterator[bytes]:
    with held, connection.cursor().copy(statement) as copy:
        gathered = bytearray()
        for row in copy:
            gathered += row
            if len(gathered) >= _PIECE_BYTES:
                yield bytes(gathered)
                gathered.clear()
        if gathered:
            yield bytes(gathered)


def _stage(
    connection: Connection[Any],
    fields: list[tuple[int, str]],
    width: int,
    records: Iterator[tuple[int, list[str]]],
    null: str,
) -> int:
    """Write the records, as text and with their lines, into a table of this transaction alone."""
    columns = SQL(", ").join(SQL("{} text").format(Identifier(f"c{at}")) for at in range(len(fields)))
    connection.execute(SQL("CREATE TEMP TABLE nacre_import (line bigint, {}) ON COMMIT DROP").format(columns))
    count = 0
    with connection.cursor().copy("COPY pg_temp.nacre_import FROM STDIN") as copy:
        for line, record in records:
            if len(record) != width:
                raise InvalidInput(
                    "bad-csv",
                    f"Line {line} has {len(record)} fields, the header {width}.",
                    hint="Check quotes and delimiter.",
                )
            copy.write_row([line, *(None if record[at] == null else _storable(record[at], line) for at, _ in fields)])
            count += 1
            if count % _ROWS_PER_REPORT == 0:
                report("reading lines", done=count)
    return count


def _storable(text: str, line: int) -> str:
    if "\0" in text:
        raise InvalidInput("bad-csv", f"Line {line} holds a NUL character, which Postgres does not store.")
    return text


def _misfits(connection: Connection[Any], types: dict[str, str]) -> list[LineError]:
    """The first values that their columns do not take, by line; none where Postgres (before 16) cannot tell."""
    if connection.info.server_version < 160000:
        return []
    found: list[LineError] = []
    for at, (name, type_) in enumerate(types.items()):
        rows = connection.execute(
            SQL(
                "SELECT line, left({0}, 100), (pg_input_error_info({0}, {1})).message FROM pg_temp.nacre_import"
                " WHERE NOT pg_input_is_valid({0}, {1}) ORDER BY line LIMIT {2}"
            ).format(Identifier(f"c{at}"), Literal(type_), Literal(ERRORS_TOLD))
        )
        found += [LineError(line=line, column=name, value=value, error=error) for line, value, error in rows]
    return sorted(found, key=lambda error: error.line)[:ERRORS_TOLD]


def _move(connection: Connection[Any], table: TableName, types: dict[str, str]) -> None:
    casts = [SQL("{}::").format(Identifier(f"c{at}")) + SQL(type_) for at, type_ in enumerate(types.values())]
    connection.execute(
        SQL("INSERT INTO {} ({}) SELECT {} FROM pg_temp.nacre_import ORDER BY line").format(
            table.sql, SQL(", ").join(map(Identifier, types)), SQL(", ").join(casts)
        )
    )


def _one_character(delimiter: str) -> str:
    if delimiter == "\\t":
        return "\t"
    if len(delimiter) != 1 or delimiter in '\n\r"\0' or not delimiter.isascii():
        raise InvalidInput("bad-delimiter", "A delimiter is one ASCII character.", hint="Mostly a comma; \\t is a tab.")
    return delimiter
