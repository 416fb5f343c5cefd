"""What differs between two branches: files, definitions of tables, numbers of rows."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from nacre.branches.catalog import Branch, Catalog
from nacre.branches.clusters import Clusters
from nacre.branches.trees import Trees
from nacre.core.names import Ref
from nacre.core.operations import Answer
from nacre.engines.files.entry import Entry

COUNTED_UP_TO = 1_000_000
"""Larger tables (by estimate), and those that the person may not read, are not counted: their estimates are compared,
and said to be such."""

_SCHEMA = (Path(__file__).parent / "schema.sql").read_text()
_COUNTABLE = ("r", "p", "m")


class FileDiff(Answer):
    path: str
    change: Literal["added", "removed", "changed"]


class TableDiff(Answer):
    """`lines_removed` and `lines_added` are definitions that only the first or only the second branch has."""

    table: str
    change: Literal["added", "removed", "changed", "rows"]
    lines_removed: list[str]
    lines_added: list[str]
    rows_before: int | None
    rows_after: int | None
    estimated: bool


class BranchDiff(Answer):
    files: list[FileDiff]
    tables: list[TableDiff]
    identical: bool


@dataclass(frozen=True)
class Table:
    definition: tuple[str, ...]
    rows: int | None
    estimated: bool


class Diffing:
    def __init__(self, catalog: Catalog, clusters: Clusters, trees: Trees) -> None:
        self._catalog = catalog
        self._clusters = clusters
        self._trees = trees

    def diff(self, a: Ref, b: Ref) -> BranchDiff:
        """From `a` to `b`, as both are now."""
        first, second = self._catalog.branch(a), self._catalog.branch(b)
        files = diff_files(self._files(first), self._files(second))
        tables: list[TableDiff] = []
        for database in sorted({first.ref.project, second.ref.project}):
            tables += diff_tables(self._tables(first, database), self._tables(second, database))
        return BranchDiff(files=files, tables=tables, identical=not files and not tables)

    def _files(self, branch: Branch) -> dict[bytes, Entry]:
        tree = self._trees.tree(branch)
        return {entry.path: entry for entry in tree.listing(tree.barrier().seq)}

    def _tables(self, branch: Branch, database: str) -> dict[str, Table]:
        if database != branch.ref.project:
            return {}
        with self._clusters.person(branch, database) as connection:
            return tables_of(connection)


def tables_of(connection: Connection[Any]) -> dict[str, Table]:
    """The tables that a connection reaches, by schema and name.

    It must be the person's: counting runs what their tables and views are made of, never to be run with more rights.
    """
    found = connection.execute(_SCHEMA.encode()).fetchall()
    return {f"{schema}.{name}": _table(connection, schema, name, *rest) for schema, name, *rest in found}


def definitions_of(connection: Connection[Any]) -> dict[str, list[str]]:
    """As `tables_of`, columns and indexes alone: nothing is counted."""
    found = connection.execute(_SCHEMA.encode()).fetchall()
    return {f"{schema}.{name}": list(definition) for schema, name, *_, definition in found}


def diff_files(a: dict[bytes, Entry], b: dict[bytes, Entry]) -> list[FileDiff]:
    """By path; attributes count as well as content."""
    found = []
    for path in sorted(a.keys() | b.keys()):
        if path not in a:
            found.append(FileDiff(path=_shown(path), change="added"))
        elif path not in b:
            found.append(FileDiff(path=_shown(path), change="removed"))
        elif not a[path].same_content(b[path]) or a[path].mode != b[path].mode:
            found.append(FileDiff(path=_shown(path), change="changed"))
    return found


def diff_tables(a: dict[str, Table], b: dict[str, Table]) -> list[TableDiff]:
    """By name; a table that differs only in its number of rows is of change “rows”."""
    found = []
    for name in sorted(a.keys() | b.keys()):
        before, after = a.get(name), b.get(name)
        if before == after:
            continue
        removed = sorted(set(before.definition if before else ()) - set(after.definition if after else ()))
        added = sorted(set(after.definition if after else ()) - set(before.definition if before else ()))
        found.append(
            TableDiff(
                table=name,
                change=_change(before, after),
                lines_removed=removed,
                lines_added=added,
                rows_before=before.rows if before else None,
                rows_after=after.rows if after else None,
                estimated=any(table.estimated for table in (before, after) if table),
            )
        )
    return found


def _change(before: Table | None, after: Table | None) -> Literal["added", "removed", "changed", "rows"]:
    if before is None:
        return "added"
    if after is None:
        return "removed"
    return "rows" if before.definition == after.definition else "changed"


def _table(
    connection: Connection[Any],
    schema: str,
    name: str,
    kind: str,
    estimated_rows: int,
    readable: bool,
    definition: list[str],
) -> Table:
    if kind not in _COUNTABLE:
        return Table(tuple(definition), None, estimated=False)
    if estimated_rows > COUNTED_UP_TO or not readable:
        return Table(tuple(definition), estimated_rows, estimated=True)
    row = connection.execute(SQL("SELECT count(*) FROM {}").format(Identifier(schema, name))).fetchone()
    assert row is not None
    return Table(tuple(definition), row[0], estimated=False)


def _shown(path: bytes) -> str:
    return path.decode(errors="surrogateescape").encode(errors="backslashreplace").decode()
