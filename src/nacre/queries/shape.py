"""What a table is made of, as the catalogs of Postgres tell it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from psycopg import Connection

from nacre.core.errors import NotFound
from nacre.core.operations import Answer
from nacre.queries.names import TableName

Kind = Literal["table", "partitioned table", "view", "materialized view", "foreign table"]
KINDS: dict[str, Kind] = {
    "r": "table", "p": "partitioned table", "v": "view", "m": "materialized view", "f": "foreign table"
}  # fmt: skip
_HERE = Path(__file__).parent
_COLUMNS, _CONSTRAINTS, _INDEXES = (
    (_HERE / f"{name}.sql").read_text().encode() for name in ("columns", "constraints", "indexes")
)
_FIND = b"""
    SELECT c.oid, c.relkind::text, obj_description(c.oid, 'pg_class'),
           has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'),
           has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relname = %s AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
"""


class ColumnShape(Answer):
    """`generated`: Postgres computes it, so it takes no value. `choices` are the labels of an enum."""

    name: str
    type: str
    nullable: bool
    default: str | None
    generated: bool
    key: bool
    comment: str | None
    choices: list[str]


class ConstraintShape(Answer):
    """`refers_to` is the table a foreign key leads to, with its columns in `refers_to_columns`."""

    name: str
    kind: Literal["primary key", "unique", "foreign key", "check", "exclusion"]
    columns: list[str]
    refers_to: str | None
    refers_to_columns: list[str]
    definition: str


class IndexShape(Answer):
    name: str
    unique: bool
    definition: str
    size_bytes: int


class TableShape(Answer):
    """A table, or what can be read like one. `key` names the columns of the primary key, which rows are found by."""

    table: str
    kind: Kind
    comment: str | None
    readable: bool
    writable: bool
    key: list[str]
    columns: list[ColumnShape]
    constraints: list[ConstraintShape]
    indexes: list[IndexShape]


@dataclass(frozen=True)
class Found:
    """A table as a statement needs it: the columns' SQL types by name, and the key."""

    name: TableName
    oid: int
    kind: Kind
    types: dict[str, str]
    key: list[str]


_CONSTRAINT_KINDS: dict[str, Literal["primary key", "unique", "foreign key", "check", "exclusion"]] = {
    "p": "primary key", "u": "unique", "f": "foreign key", "c": "check", "x": "exclusion"
}  # fmt: skip


def has_versions(kind: Kind) -> bool:
    """Whether its rows bear the number of the transaction that wrote them."""
    return kind in ("table", "partitioned table")


def find(connection: Connection[Any], name: TableName) -> Found:
    """Raises NotFound "table-not-found"."""
    oid, kind, *_ = _row(connection, name)
    types = {row[0]: row[1] for row in connection.execute(_COLUMNS, [oid])}
    key: list[str] = next((row[2] for row in connection.execute(_CONSTRAINTS, [oid]) if row[1] == "p"), [])
    return Found(name, oid, KINDS[kind], types, key)


def describe(connection: Connection[Any], name: TableName) -> TableShape:
    """Raises NotFound "table-not-found"."""
    oid, kind, comment, readable, writable = _row(connection, name)
    constraints = [_constraint(row) for row in connection.execute(_CONSTRAINTS, [oid])]
    key = next((each.columns for each in constraints if each.kind == "primary key"), [])
    return TableShape(
        table=str(name),
        kind=KINDS[kind],
        comment=comment,
        readable=readable,
        writable=writable,
        key=key,
        columns=[_column(row, key) for row in connection.execute(_COLUMNS, [oid])],
        constraints=constraints,
        indexes=[
            IndexShape(name=row[0], unique=row[1], definition=row[2], size_bytes=row[3])
            for row in connection.execute(_INDEXES, [oid])
        ],
    )


def _row(connection: Connection[Any], name: TableName) -> tuple[Any, ...]:
    found = connection.execute(_FIND, [name.schema, name.name]).fetchone()
    if found is None:
        raise NotFound(
            "table-not-found",
            f"There is no table {name} in this database.",
            hint="`nacre table list` shows them; a schema other than public is written in front, with a dot.",
        )
    return tuple(found)


def _column(row: tuple[Any, ...], key: list[str]) -> ColumnShape:
    name, type_, nullable, default, generated, comment, choices = row
    return ColumnShape(
        name=name, type=type_, nullable=nullable, default=default, generated=generated, key=name in key,
        comment=comment, choices=choices,
    )  # fmt: skip


def _constraint(row: tuple[Any, ...]) -> ConstraintShape:
    name, kind, columns, schema, other, other_columns, definition = row
    return ConstraintShape(
        name=name,
        kind=_CONSTRAINT_KINDS[kind],
        columns=columns,
        refers_to=str(TableName(schema, other)) if other else None,
        refers_to_columns=other_columns,
        definition=definition,
    )
