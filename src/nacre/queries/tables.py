"""Looks at tables and changes single rows of them, as the person's own role."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Composable, Identifier, Literal

from nacre.core.errors import Conflict, Failed, InvalidInput, NacreError, NotFound
from nacre.core.names import Ref
from nacre.core.operations import Answer
from nacre.engines.postgres.query import Json, Result, query
from nacre.queries.conditions import ALIAS, Condition, Order, order_by, require_column, where
from nacre.queries.names import TableName
from nacre.queries.paging import After, beyond, parse_after, total_order
from nacre.queries.reach import PATIENCE_S, Reach
from nacre.queries.shape import KINDS, Found, Kind, TableShape, describe, find, has_versions
from nacre.queries.values import to_sql

LONGEST_CELL = 32_768
COUNTING_S = 2.0
_LIST = (Path(__file__).parent / "list.sql").read_text().encode()


class TableListed(Answer):
    """`table` is the name to call it by. `estimated_rows` is what the planner believes, None where it does not."""

    table: str
    schema_name: str
    name: str
    kind: Kind
    estimated_rows: int | None
    size_bytes: int
    readable: bool
    writable: bool
    comment: str | None


class TableRows(Answer):
    """A page of rows; values as `sql` gives them. `next` is given as `after` for the next page, None on the last.

    `versions`, one a row, are given back with a change to make sure that nobody changed the row meanwhile; None where
    rows have none. `cut` names the cells, by row and column number, whose text is longer than 32,768 characters and
    ends there. `total` is counted on request only, None where counting took too long.
    """

    table: str
    columns: list[str]
    types: list[str]
    key: list[str]
    rows: list[list[Json]]
    versions: list[str] | None
    cut: list[tuple[int, int]]
    next: str | None
    total: int | None
    seconds: float


class RowWritten(Answer):
    """The row as it is now."""

    table: str
    row: dict[str, Json]
    version: str | None


class RowsDeleted(Answer):
    table: str
    rows_deleted: int


class Tables:
    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    def listing(self, ref: Ref, database: str | None, moment: str | None) -> list[TableListed]:
        """The tables of people's own schemas, those of “public” first."""
        with self._reach.looking(ref, database, moment) as connection:
            return [_listed(*row) for row in connection.execute(_LIST)]

    def describe(self, ref: Ref, table: TableName, database: str | None, moment: str | None) -> TableShape:
        """Raises NotFound "table-not-found"."""
        with self._reach.looking(ref, database, moment) as connection:
            return describe(connection, table)

    def rows(
        self,
        ref: Ref,
        table: TableName,
        *,
        columns: Sequence[str],
        conditions: Sequence[Condition],
        orders: Sequence[Order],
        limit: int,
        after: str | None,
        count: bool,
        database: str | None,
        moment: str | None,
    ) -> TableRows:
        """One page. Raises InvalidInput for columns that are not there and values that do not fit."""
        started = time.monotonic()
        with self._reach.looking(ref, database, moment) as connection:
            shape = describe(connection, table)
            types = {column.name: column.type for column in shape.columns}
            shown = [require_column(name, types) for name in columns] or list(types)
            for order in orders:
                require_column(order.column, types)
            page = _Page(table, shape, shown, conditions, total_order(orders, shape.key), limit, after)
            # Rows without a key come as they lie on disk, always from the same end.
            connection.execute("SET synchronize_seqscans = off")
            result = query(connection, page.sql.as_string(connection), row_limit=limit + 1, timeout_s=PATIENCE_S)
            total = _count(connection, table, where(conditions, types)) if count else None
        return page.answer(result, total, started)

    def insert(self, ref: Ref, table: TableName, values: Mapping[str, Any], database: str | None) -> RowWritten:
        """One new row; columns left out take their default."""
        with self._reach.connection(ref, database) as connection:
            found = find(connection, table)
            names = [require_column(name, found.types) for name in values]
            filled: Composable = SQL(" DEFAULT VALUES")
            if names:
                filled = SQL(" ({}) VALUES ({})").format(
                    SQL(", ").join(map(Identifier, names)),
                    SQL(", ").join(to_sql(values[name], found.types[name]) for name in names),
                )
            written = _written(connection, found, SQL("INSERT INTO ") + table.sql + filled)
        if written is None:
            raise Conflict("row-not-written", f"A rule or trigger of {table} kept the row from being written.")
        return written

    def update(
        self,
        ref: Ref,
        table: TableName,
        key: Mapping[str, Any],
        values: Mapping[str, Any],
        version: str | None,
        database: str | None,
    ) -> RowWritten:
        """Change the row with this primary key. Raises NotFound "row-not-found", Conflict "row-changed"."""
        with self._reach.connection(ref, database) as connection:
            found = find(connection, table)
            if not values:
                raise InvalidInput("nothing-to-change", "No values were given.", hint="Name at least one column.")
            sets = SQL(", ").join(
                Identifier(require_column(name, found.types)) + SQL(" = ") + to_sql(value, found.types[name])
                for name, value in values.items()
            )
            statement = SQL("UPDATE {} SET {} WHERE {}").format(table.sql, sets, _this_row(found, key, version))
            written = _written(connection, found, statement)
            if written is None:
                raise _not_written(connection, found, key)
        return written

    def delete(
        self,
        ref: Ref,
        table: TableName,
        keys: Sequence[Mapping[str, Any]],
        versions: Sequence[str] | None,
        database: str | None,
    ) -> RowsDeleted:
        """Delete rows by primary key, all or none. Raises NotFound "row-not-found", Conflict "row-changed"."""
        if versions and len(versions) != len(keys):
            raise InvalidInput("bad-input", f"{len(keys)} keys were given, and {len(versions)} versions.")
        with self._reach.connection(ref, database) as connection:
            found = find(connection, table)
            with connection.transaction():
                for at, key in enumerate(keys):
                    version = versions[at] if versions else None
                    statement = SQL("DELETE FROM {} WHERE {}").format(table.sql, _this_row(found, key, version))
                    if connection.execute(statement).rowcount != 1:
                        raise _not_written(connection, found, key)
        return RowsDeleted(table=str(table), rows_deleted=len(keys))


class _Page:
    """One page's statement, and the answer made of its result."""

    def __init__(
        self,
        table: TableName,
        shape: TableShape,
        shown: list[str],
        conditions: Sequence[Condition],
        orders: list[Order],
        limit: int,
        after: str | None,
    ) -> None:
        self._table = table
        self._shape = shape
        self._types = {column.name: column.type for column in shape.columns}
        self._shown = shown
        self._conditions = conditions
        self._orders = orders
        self._limit = limit
        self._marks = [order.column for order in orders] if shape.key else []
        self._versioned = has_versions(shape.kind)
        self._after = parse_after(after, len(orders)) if after else After()

    @property
    def sql(self) -> Composable:
        """The columns shown, then the marks of the order, then the version; one row more than the page holds."""
        marks = [Identifier(name) + SQL("::text") for name in self._marks]
        selected = [*map(Identifier, self._shown), *marks, *([SQL("xmin::text")] if self._versioned else [])]
        condition = where(self._conditions, self._types)
        if self._after.values is not None:
            nullable = {column.name for column in self._shape.columns if column.nullable}
            further = beyond(self._orders, self._after.values, nullable)
            condition = condition + SQL(" AND " if self._conditions else " WHERE ") + further
        return SQL("SELECT {} FROM {} AS {}{}{} LIMIT {} OFFSET {}").format(
            SQL(", ").join(selected),
            self._table.sql,
            Identifier(ALIAS),
            condition,
            order_by(self._orders),
            Literal(self._limit + 1),
            Literal(self._after.offset),
        )

    def answer(self, result: Result, total: int | None, started: float) -> TableRows:
        width = len(self._shown)
        rows = result.rows[: self._limit]
        shown, cut = _cut([row[:width] for row in rows])
        return TableRows(
            table=str(self._table),
            columns=self._shown,
            types=[self._types[name] for name in self._shown],
            key=self._shape.key,
            rows=shown,
            versions=[str(row[-1]) for row in rows] if self._versioned else None,
            cut=cut,
            next=self._next(rows[-1][width:]) if len(result.rows) > self._limit else None,
            total=total,
            seconds=time.monotonic() - started,
        )

    def _next(self, marks: list[Json]) -> str:
        if not self._marks:
            return str(After(offset=self._after.offset + self._limit))
        return str(After(tuple(None if mark is None else str(mark) for mark in marks[: len(self._marks)])))


def _cut(rows: list[list[Json]]) -> tuple[list[list[Json]], list[tuple[int, int]]]:
    cut: list[tuple[int, int]] = []
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, str) and len(value) > LONGEST_CELL:
                row[column] = value[:LONGEST_CELL]
                cut.append((at, column))
    return rows, cut


def _count(connection: Connection[Any], table: TableName, condition: Composable) -> int | None:
    statement = SQL("SELECT count(*) FROM ") + table.sql + condition
    try:
        counted = query(connection, statement.as_string(connection), timeout_s=COUNTING_S).rows[0][0]
    except Failed as error:
        if error.code != "sql-timeout":
            raise
        return None
    return int(str(counted))


def _written(connection: Connection[Any], found: Found, statement: Composable) -> RowWritten | None:
    """Run a statement that writes one row, and answer with it; None where it wrote none."""
    returned = [*map(Identifier, found.types), *([SQL("xmin::text")] if has_versions(found.kind) else [])]
    whole = statement + SQL(" RETURNING ") + SQL(", ").join(returned)
    result = query(connection, whole.as_string(connection), timeout_s=PATIENCE_S)
    if not result.rows:
        return None
    row = result.rows[0]
    version = str(row[-1]) if has_versions(found.kind) else None
    return RowWritten(table=str(found.name), row=dict(zip(found.types, row, strict=False)), version=version)


def _this_row(found: Found, key: Mapping[str, Any], version: str | None = None) -> Composable:
    if not found.key:
        raise InvalidInput(
            "no-key",
            f"{found.name} has no primary key, so no row of it can be told from the others.",
            hint="Add a primary key, or change it with `nacre sql`.",
        )
    if key.keys() != set(found.key):
        raise InvalidInput(
            "bad-key", f"A row of {found.name} is named by {', '.join(found.key)}.", hint="Give these, and no others."
        )
    parts = [Identifier(name) + SQL(" = ") + to_sql(value, found.types[name]) for name, value in key.items()]
    if version is not None and has_versions(found.kind):
        parts.append(SQL("xmin::text = ") + Literal(version))
    return SQL(" AND ").join(parts)


def _not_written(connection: Connection[Any], found: Found, key: Mapping[str, Any]) -> NacreError:
    """Why no row was written: it is not there, or it is no longer the one that was seen."""
    there = SQL("SELECT 1 FROM {} WHERE {}").format(found.name.sql, _this_row(found, key))
    shown = ", ".join(f"{name} {value}" for name, value in key.items())
    if connection.execute(there).fetchone() is None:
        return NotFound("row-not-found", f"{found.name} has no row with {shown}.", hint="Read the rows again.")
    return Conflict(
        "row-changed",
        f"The row of {found.name} with {shown} was changed since it was read; nothing was written.",
        hint="Read it again, and decide which change is to stay.",
    )


def _listed(
    schema: str,
    name: str,
    kind: str,
    estimated_rows: int | None,
    size_bytes: int | None,
    readable: bool,
    writable: bool,
    comment: str | None,
) -> TableListed:
    return TableListed(
        table=str(TableName(schema, name)),
        schema_name=schema,
        name=name,
        kind=KINDS[kind],
        estimated_rows=estimated_rows,
        size_bytes=size_bytes or 0,
        readable=readable,
        writable=writable,
        comment=comment,
    )
