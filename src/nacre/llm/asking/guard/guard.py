"""The guard: lets a statement through, or says why not. Nothing of the statement has run by then."""

from collections.abc import Iterable
from dataclasses import dataclass

import psycopg

from nacre.llm.asking.guard.harmless import ASKS_WHO, CATALOGS, EXTENSIONS, REFUSED, VOLATILE
from nacre.llm.asking.guard.refused import refused
from nacre.llm.asking.guard.resolved import PINNED, Connection, Resolved, resolve, resolve_view
from nacre.llm.asking.guard.strangers import refuse_strange_names, refuse_strange_tables

_FIRST_OF_PEOPLE = 16384
"""Below are the OIDs of what PostgreSQL brings. (src/include/access/transam.h, FirstNormalObjectId)"""

_DEEPEST_VIEW = 16


@dataclass(frozen=True)
class Relation:
    oid: int
    schema: str
    name: str
    kind: str
    selectable: bool
    guarded_rows: bool
    """Whether row-level security holds for the caller."""
    invoker: bool
    """A view that looks with the rights of whoever asks."""

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


async def check(connection: Connection, sql: str, caller: str) -> frozenset[str]:
    """The relations that a statement reads, all of which the role `caller` may read.

    `connection` is llm_reader's, in autocommit. Raises NotAllowed "sql-refused" (LM016) with the reason, psycopg.Error
    with PostgreSQL's own diagnostics for a statement that is wrong.
    """
    async with connection.transaction(force_rollback=True):
        await connection.execute("SET TRANSACTION READ WRITE")
        await connection.execute(f"{PINNED}; SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '5s'")
        await refuse_strange_names(connection, sql)
        try:
            async with connection.transaction():
                resolved = await resolve(connection, sql)
        except (psycopg.errors.FeatureNotSupported, psycopg.errors.ReadOnlySqlTransaction) as error:
            raise refused(f"it does more than ask: {error.diag.message_primary}") from error
        if resolved.locks_rows:
            raise refused("it locks rows")
        relations = await _relations_of(connection, resolved, caller)
        await refuse_strange_tables(connection, relations.keys())
        if bad := await _not_to_be_called(connection, resolved):
            raise refused(f"it calls {_listed(bad)}")
        await _hold(connection, resolved, relations, caller)
        await _look_through(connection, relations, caller, set())
    return frozenset(str(relation) for relation in relations.values())


async def _relations_of(connection: Connection, resolved: Resolved, caller: str) -> dict[int, Relation]:
    found = await connection.execute(
        "SELECT c.oid::bigint, n.nspname, c.relname, c.relkind::text,"
        " pg_catalog.has_schema_privilege(%(caller)s, n.oid, 'USAGE')"
        "  AND pg_catalog.has_table_privilege(%(caller)s, c.oid, 'SELECT'),"
        " c.relrowsecurity AND NOT r.rolsuper AND NOT r.rolbypassrls"
        "  AND (c.relforcerowsecurity OR NOT pg_catalog.pg_has_role(%(caller)s, c.relowner, 'USAGE')),"
        " coalesce((SELECT o.option_value::boolean FROM pg_catalog.pg_options_to_table(c.reloptions) o"
        "  WHERE o.option_name = 'security_invoker'), false)"
        " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace,"
        " pg_catalog.pg_roles r WHERE r.rolname = %(caller)s AND c.oid = ANY (%(oids)s::oid[])"
        " AND c.oid <> 'pg_temp.llm_asked'::regclass",
        {"caller": caller, "oids": list(resolved.relations)},
    )
    return {row[0]: Relation(*row) for row in await found.fetchall()}


async def _hold(connection: Connection, resolved: Resolved, relations: dict[int, Relation], caller: str) -> None:
    """Hold what is read against the rights of the caller."""
    for relation in relations.values():
        _refuse_catalog(relation)
        if relation.schema.startswith("pg_toast") or relation.schema == "llm_private" or relation.kind == "f":
            raise refused(f"{relation} is no table of this database")
        if relation.guarded_rows:
            raise refused(f"row-level security decides which rows of {relation} {caller} sees")
        if not relation.selectable:
            await _check_columns(connection, resolved, relation, caller)


def _refuse_catalog(relation: Relation) -> None:
    if relation.schema == "pg_catalog" and relation.name not in CATALOGS:
        raise refused(f"{relation} tells of more than the caller's tables")


async def _check_columns(connection: Connection, resolved: Resolved, relation: Relation, caller: str) -> None:
    """Where all of a table is not for the caller, each column that is read must be."""
    used = [column for oid, column in resolved.columns if oid == relation.oid and column != 0]
    whole = not used or len(used) < len([column for oid, column in resolved.columns if oid == relation.oid])
    if not whole:
        found = await connection.execute(
            "SELECT pg_catalog.bool_and(pg_catalog.has_column_privilege(%(caller)s, %(oid)s::oid, a, 'SELECT'))"
            "  AND pg_catalog.has_schema_privilege(%(caller)s, %(schema)s, 'USAGE')"
            " FROM pg_catalog.unnest(%(columns)s::smallint[]) a",
            {"caller": caller, "oid": relation.oid, "schema": relation.schema, "columns": used},
        )
        row = await found.fetchone()
        if row is not None and row[0]:
            return
    raise refused(f"{caller} may not read {relation}")


async def _look_through(
    connection: Connection, relations: dict[int, Relation], caller: str, seen: set[int], depth: int = 0
) -> None:
    """Follow the views that people made, each once.

    What a view calls runs with the rights of whoever asks, even where it reads with those of its owner. Here that is
    the reader, who may more than the caller: so it is held to what a statement may call, and must not ask who asks.
    One that reads as whoever asks does so wherever it stands, also behind somebody else's. (CREATE VIEW, "Notes")
    """
    for view in relations.values():
        if view.kind != "v" or view.oid < _FIRST_OF_PEOPLE or view.oid in seen:
            continue
        if depth >= _DEEPEST_VIEW:
            raise refused(f"{view} leads through too many views")
        seen.add(view.oid)
        inner = await resolve_view(connection, view.oid)
        if bad := await _not_to_be_called(connection, inner, in_view=True):
            raise refused(f"the view {view} calls {_listed(bad)}")
        if inner.asks_who:
            raise refused(f"the view {view} shows each role something else")
        below = await _relations_of(connection, inner, caller)
        below.pop(view.oid, None)  # up to 15 the rule of a view names the view itself
        await refuse_strange_tables(connection, below.keys())
        if view.invoker:
            await _hold(connection, inner, below, caller)
        else:
            for relation in below.values():
                _refuse_catalog(relation)
        await _look_through(connection, below, caller, seen, depth + 1)


async def _not_to_be_called(connection: Connection, resolved: Resolved, *, in_view: bool = False) -> list[str]:
    """The functions by which something would do more than compute."""
    found = await connection.execute(
        "WITH called AS ("
        " SELECT oid FROM pg_catalog.unnest(%(functions)s::oid[]) oid"
        " UNION SELECT oprcode FROM pg_catalog.pg_operator WHERE oid = ANY (%(operators)s::oid[])"
        " UNION SELECT d.refobjid FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_depend d"
        "  ON d.classid = 'pg_constraint'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_proc'::regclass"
        "  WHERE c.contypid = ANY (%(domains)s::oid[])"
        ") SELECT p.oid::regprocedure::text, n.nspname, p.proname, p.provolatile::text, p.oid::bigint,"
        " (SELECT x.extname FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension x ON x.oid = d.refobjid"
        "  WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' LIMIT 1),"
        " EXISTS (SELECT FROM llm.allowed_function a WHERE a.function = p.oid)"
        " FROM called JOIN pg_catalog.pg_proc p ON p.oid = called.oid"
        " JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace",
        {
            "functions": list(resolved.functions),
            "operators": list(resolved.operators),
            "domains": list(resolved.domains),
        },
    )
    return [
        signature
        for signature, schema, name, *what in await found.fetchall()
        if not _may_call(schema, name, *what) or (in_view and schema == "pg_catalog" and name in ASKS_WHO)
    ]


def _may_call(schema: str, name: str, volatility: str, oid: int, extension: str | None, allowed: bool) -> bool:
    if allowed:
        return True
    if oid < _FIRST_OF_PEOPLE and schema == "pg_catalog":
        return name in VOLATILE or (volatility != "v" and name not in REFUSED)
    return extension in EXTENSIONS and volatility != "v"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)[:5])
