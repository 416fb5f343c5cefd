"""Functions of somebody's own that a statement sets off unnamed: they would run with the reader's rights."""

import re
from collections.abc import Collection, Iterable

from nacre.llm.asking.guard.refused import refused
from nacre.llm.asking.guard.resolved import Connection

_WORD = re.compile(r"\w+")
_ESCAPED_NAME = re.compile(r"\bu&\"", re.IGNORECASE)


async def refuse_strange_names(connection: Connection, sql: str) -> None:
    """Before a statement is parsed: parsing reads literals of the types that it names, and runs their checks.

    Raises NotAllowed "sql-refused" (LM016).
    """
    found = await (await connection.execute("SELECT llm_private.called_by_naming()")).fetchone()
    named = names(sql, found[0]) if found is not None else None
    if named is not None:
        raise refused(f"“{named}” has a check that calls a function which is not the database owner's")


async def refuse_strange_tables(connection: Connection, tables: Collection[int]) -> None:
    """Before a statement is planned: planning computes what is constant in indexes and checks of its tables.

    Raises NotAllowed "sql-refused" (LM016).
    """
    if not tables:
        return
    found = await connection.execute(
        "SELECT llm_private.called_by_reading(%s::pg_catalog.oid[])", ([*map(str, tables)],)
    )
    row = await found.fetchone()
    if row is not None and row[0] is not None:
        raise refused(f"an index or a check of its tables calls {row[0]}, which is not the database owner's")


def names(sql: str, known: Iterable[str]) -> str | None:
    """One of the known names that a statement may hold, wherever in it and however it is quoted; None where none."""
    said = sql.lower()
    words = set(_WORD.findall(said))
    for name in known:
        parts = _WORD.findall(name.lower())
        if _ESCAPED_NAME.search(sql) or (words.issuperset(parts) if parts else name in said):
            return name
    return None
