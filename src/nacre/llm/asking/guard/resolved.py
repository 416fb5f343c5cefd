"""What a statement reads and calls, as PostgreSQL itself understands it: no name is guessed at.

The statement is put into a temporary view that is rolled back. Analysing it runs nothing of it, and the rule of the
view names every relation, column, function and operator by number. (src/backend/nodes/outfuncs.c writes the rule.)
"""

import re
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection

_VIEW = "llm_asked"
_FUNCTIONS = re.compile(r":(?:funcid|opfuncid|aggfnoid|winfnoid|aggtransno|tsmhandler|inputcollfn|hashfunc) (\d+)")
_OPERATORS = re.compile(r":(?:opno|eqop|sortop|eq_opr|lt_opr) (\d+)")
_OPERATOR_LISTS = re.compile(r":opnos \(o((?: \d+)*)\)")
_RELATIONS = re.compile(r":relid (\d+)")
_DOMAINS = re.compile(r"\{COERCETODOMAIN :arg .*?:resulttype (\d+)", re.DOTALL)
_ASKS_WHO = re.compile(r"\{SQLVALUEFUNCTION :op (?:9|10|11|12) ")
"""current_role, current_user, user, session_user. (src/include/nodes/primnodes.h, SQLValueFunctionOp)"""
_LOCKS = re.compile(r"\{ROWMARKCLAUSE")

PINNED = "SET LOCAL search_path = pg_catalog, pg_temp"
"""For what the reader asks of its own: a database's owner sets the path otherwise, and makes operators."""

Connection = AsyncConnection[tuple[Any, ...]]


@dataclass(frozen=True)
class Resolved:
    """By their OIDs. `columns` are of relations that are no system catalogs; column 0 is all of a row."""

    relations: frozenset[int]
    columns: frozenset[tuple[int, int]]
    functions: frozenset[int]
    operators: frozenset[int]
    domains: frozenset[int]
    locks_rows: bool
    asks_who: bool
    """Whether it says who asks, as current_user does."""


async def resolve(connection: Connection, sql: str) -> Resolved:
    """Within an open transaction, which must be rolled back. Raises psycopg's errors for what PostgreSQL refuses.

    In EXISTS (…) only something that gives rows can stand, columns of one name do not clash, and what is left of a
    broken bracket or comment is an error. Binary results make it one statement: several are refused by the protocol.
    """
    view = f"CREATE TEMPORARY VIEW {_VIEW} AS SELECT 1 AS found WHERE EXISTS (\n{sql}\n)"
    await connection.execute("SET LOCAL search_path TO DEFAULT")  # names mean what the database's owner says they do
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(view.encode())
    await connection.execute(PINNED)
    found = await (await connection.execute(f"SELECT 'pg_temp.{_VIEW}'::pg_catalog.regclass::oid::bigint")).fetchone()
    assert found is not None
    return await resolve_view(connection, found[0])


async def resolve_view(connection: Connection, oid: int) -> Resolved:
    """What a view reads and calls."""
    rule, columns = await _rule(connection, oid)
    return _read(rule, columns)


async def _rule(connection: Connection, view: int) -> tuple[str, frozenset[tuple[int, int]]]:
    rule = await connection.execute(
        "SELECT oid, ev_action::text FROM pg_catalog.pg_rewrite WHERE ev_class = %s::oid AND ev_type = '1'",
        (view,),
    )
    found = await rule.fetchone()
    assert found is not None
    used = await connection.execute(
        "SELECT refobjid::bigint, refobjsubid FROM pg_catalog.pg_depend WHERE classid = 'pg_rewrite'::regclass"
        " AND objid = %s AND refclassid = 'pg_class'::regclass AND deptype = 'n'",
        (found[0],),
    )
    return found[1], frozenset((row[0], row[1]) for row in await used.fetchall())


def _read(rule: str, columns: frozenset[tuple[int, int]]) -> Resolved:
    def numbers(pattern: "re.Pattern[str]") -> frozenset[int]:
        return frozenset(int(found) for found in pattern.findall(rule)) - {0}

    listed = {int(number) for found in _OPERATOR_LISTS.findall(rule) for number in found.split()}
    return Resolved(
        relations=numbers(_RELATIONS) | {relation for relation, _ in columns},
        columns=columns,
        functions=numbers(_FUNCTIONS),
        operators=numbers(_OPERATORS) | listed,
        domains=numbers(_DOMAINS),
        locks_rows=_LOCKS.search(rule) is not None,
        asks_who=_ASKS_WHO.search(rule) is not None,
    )
