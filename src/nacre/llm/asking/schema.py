"""What a caller can read of a database, described for a model: tables, columns, keys, comments, and a few values."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from nacre.llm.asking.guard.resolved import Connection

_MOST_TABLES = 2000
_MOST_VALUES = 40
_LONGEST_VALUE = 60


@dataclass(frozen=True)
class Column:
    """`values`: common ones, as the planner's statistics have them; empty where there are none, or they are many."""

    name: str
    type: str
    comment: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """`links` are foreign keys: columns here, the table there, columns there."""

    schema: str
    name: str
    kind: str
    comment: str
    rows: int
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    links: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...] = ()

    @property
    def called(self) -> str:
        """As it is named in SQL: without its schema where that is public."""
        return _quoted(self.name) if self.schema == "public" else f"{_quoted(self.schema)}.{_quoted(self.name)}"

    def described(self) -> str:
        """As a model reads it best: like the statement that makes it, with what is known beside."""
        lines = [f"TABLE {self.called} ({self.kind}, about {self.rows} rows)" + _beside(self.comment)]
        for column in self.columns:
            common = f"; such as {', '.join(map(repr, column.values))}" if column.values else ""
            lines.append(f"  {_quoted(column.name)} {column.type}{_beside(column.comment + common)}")
        if self.key:
            lines.append(f"  PRIMARY KEY ({', '.join(map(_quoted, self.key))})")
        for columns, there, others in self.links:
            lines.append(f"  FOREIGN KEY ({', '.join(columns)}) REFERENCES {there} ({', '.join(others)})")
        return "\n".join(lines)


@dataclass(frozen=True)
class Schema:
    """`digest` changes with anything that is described."""

    tables: tuple[Table, ...]
    digest: str = field(default="")


async def read_schema(connection: Connection, caller: str, *, values: bool) -> Schema:
    """All that `caller` may read, of tables, views and their columns. `connection` is llm_reader's, in autocommit."""
    rows = await _rows(connection, _TABLES, caller)
    columns = await _grouped(connection, _COLUMNS, caller)
    keys = await _grouped(connection, _KEYS, caller)
    common = await _common(connection, caller) if values else {}
    names = {oid: _named(schema, name) for oid, schema, name, *_ in rows}
    tables = []
    for oid, schema, name, kind, comment, estimate in rows[:_MOST_TABLES]:
        own = tuple(
            Column(column, kind_of, said or "", common.get((schema, name, column), ()))
            for column, kind_of, said in columns.get(oid, ())
        )
        key = next((tuple(here) for what, here, _, _ in keys.get(oid, ()) if what == "p"), ())
        links = tuple(
            (tuple(here), names[there], tuple(others))
            for what, here, there, others in keys.get(oid, ())
            if what == "f" and there in names
        )
        tables.append(Table(schema, name, kind, comment or "", max(int(estimate), 0), own, key, links))
    said = "\n".join(table.described() for table in tables)
    return Schema(tuple(tables), hashlib.sha256(said.encode()).hexdigest()[:32])


async def _common(connection: Connection, caller: str) -> dict[tuple[str, str, str], tuple[str, ...]]:
    """Common values of columns of text with few of them. The caller's rights are asked for each column: pg_stats asks
    only for the reader's."""
    found: dict[tuple[str, str, str], tuple[str, ...]] = {}
    for schema, table, column, values in await _rows(connection, _VALUES, caller):
        short = [value for value in values if value and len(value) <= _LONGEST_VALUE]
        found[schema, table, column] = tuple(short[:_MOST_VALUES])
    return found


async def _rows(connection: Connection, statement: str, caller: str) -> Sequence[tuple[Any, ...]]:
    return await (await connection.execute(statement, {"caller": caller})).fetchall()


async def _grouped(connection: Connection, statement: str, caller: str) -> dict[int, list[tuple[Any, ...]]]:
    found: dict[int, list[tuple[Any, ...]]] = {}
    for oid, *rest in await _rows(connection, statement, caller):
        found.setdefault(oid, []).append(tuple(rest))
    return found


def _named(schema: str, name: str) -> str:
    return _quoted(name) if schema == "public" else f"{_quoted(schema)}.{_quoted(name)}"


def _quoted(name: str) -> str:
    plain = name.isidentifier() and name == name.lower() and name.isascii()
    return name if plain else '"' + name.replace('"', '""') + '"'


def _beside(comment: str) -> str:
    comment = comment.strip("; \n").replace("\n", " ")
    return f" -- {comment}" if comment else ""


_READABLE = """
    pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_roles r ON r.rolname = %(caller)s
    WHERE c.relkind IN ('r', 'v', 'm', 'p') AND NOT c.relispartition
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'llm', 'llm_private', 'llm_data', 'llm_compat')
      AND n.nspname NOT LIKE 'pg\\_%%'
      AND pg_catalog.has_schema_privilege(%(caller)s, n.oid, 'USAGE')
      AND pg_catalog.has_any_column_privilege(%(caller)s, c.oid, 'SELECT')
      AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT')
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.objid = c.oid AND e.deptype = 'e')
      AND NOT (c.relrowsecurity AND NOT r.rolsuper AND NOT r.rolbypassrls
        AND (c.relforcerowsecurity OR NOT pg_catalog.pg_has_role(%(caller)s, c.relowner, 'USAGE')))
"""
_TABLES = f"""
    SELECT c.oid::bigint, n.nspname, c.relname,
      CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialised view' ELSE 'table' END,
      pg_catalog.obj_description(c.oid, 'pg_class'), c.reltuples
    FROM {_READABLE} ORDER BY n.nspname <> 'public', n.nspname, c.relname
"""  # noqa: S608
_COLUMNS = f"""
    SELECT c.oid::bigint, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)
      || coalesce((SELECT ' (' || pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ', '
        ORDER BY e.enumsortorder) || ')' FROM pg_catalog.pg_enum e WHERE e.enumtypid = a.atttypid), ''),
      pg_catalog.col_description(c.oid, a.attnum)
    FROM pg_catalog.pg_attribute a, {_READABLE}
      AND a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      AND pg_catalog.has_column_privilege(%(caller)s, c.oid, a.attnum, 'SELECT')
    ORDER BY c.oid, a.attnum
"""  # noqa: S608
_KEYS = f"""
    SELECT c.oid::bigint, k.contype::text,
      (SELECT pg_catalog.array_agg(a.attname::text ORDER BY u.place) FROM pg_catalog.unnest(k.conkey)
        WITH ORDINALITY u (number, place) JOIN pg_catalog.pg_attribute a
        ON a.attrelid = k.conrelid AND a.attnum = u.number),
      k.confrelid::bigint,
      (SELECT pg_catalog.array_agg(a.attname::text ORDER BY u.place) FROM pg_catalog.unnest(k.confkey)
        WITH ORDINALITY u (number, place) JOIN pg_catalog.pg_attribute a
        ON a.attrelid = k.confrelid AND a.attnum = u.number)
    FROM pg_catalog.pg_constraint k, {_READABLE} AND k.conrelid = c.oid AND k.contype IN ('p', 'f')
    ORDER BY c.oid, k.conname
"""  # noqa: S608
_VALUES = f"""
    SELECT s.schemaname, s.tablename, s.attname, s.most_common_vals::text::text[]
    FROM pg_catalog.pg_stats s, pg_catalog.pg_attribute a, {_READABLE}
      AND n.nspname = s.schemaname AND c.relname = s.tablename AND a.attrelid = c.oid AND a.attname = s.attname
      AND a.atttypid IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype)
      AND s.most_common_vals IS NOT NULL
      AND pg_catalog.has_column_privilege(%(caller)s, c.oid, a.attnum, 'SELECT')
"""  # noqa: S608
