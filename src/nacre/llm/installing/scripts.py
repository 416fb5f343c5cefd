"""Runs the scripts of pg_llm where it is no extension: installs it, brings it on, takes it out. All or nothing."""

from typing import Any, Literal

from psycopg import Connection

from nacre.core.errors import Conflict
from nacre.llm import assembling

Done = Literal["installed", "upgraded", "current"]


def put_in(connection: Connection[Any], *, far: bool) -> Done:
    """Install what this Nacre has, or bring on what there is; in the transaction of `connection`, which is its owner's.

    `far`: the side-car is reached over the network, as settings of the transaction say, and not as on Nacre's own
    servers. Raises Conflict "llm-schema-taken", and psycopg errors for what else Postgres refuses.
    """
    before = _installed(connection)
    if before is None:
        _run(connection, assembling.installing(way=assembling.elsewhere(again=False) if far else None))
    else:
        if far:
            _run(connection, assembling.elsewhere(again=True))
        _run(connection, assembling.migrating(before))
    _run(connection, assembling.installed())
    connection.execute("DELETE FROM llm.installation")
    connection.execute(
        "INSERT INTO llm.installation VALUES (%s, %s, pg_catalog.now())", [assembling.current(), assembling.latest()]
    )
    if before is None:
        return "installed"
    return "current" if before == assembling.latest() else "upgraded"


def take_out(connection: Connection[Any]) -> None:
    """Drop all of it; raises Conflict "llm-schema-taken" where it is not ours."""
    if _installed(connection) is not None:
        _run(connection, assembling.removing())


def _installed(connection: Connection[Any]) -> int | None:
    """The number of the last migration that was run here, None where there is nothing of pg_llm."""
    found = connection.execute(
        "SELECT pg_catalog.to_regnamespace('llm') IS NOT NULL OR pg_catalog.to_regnamespace('llm_private') IS NOT NULL,"
        " pg_catalog.to_regclass('llm.installation') IS NOT NULL,"
        " EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'pg_llm')"
    ).fetchone()
    assert found is not None
    taken, noted, is_extension = found
    if is_extension:
        raise Conflict(
            "llm-schema-taken",
            "pg_llm is an extension in this database.",
            hint="ALTER EXTENSION pg_llm UPDATE brings it on, DROP EXTENSION pg_llm takes it out.",
        )
    if not noted:
        if taken:
            raise Conflict(
                "llm-schema-taken",
                "The database has a schema “llm” or “llm_private” that Nacre did not make.",
                hint="Rename it: ALTER SCHEMA llm RENAME TO …",
            )
        return None
    row = connection.execute("SELECT migration FROM llm.installation").fetchone()
    return 0 if row is None else int(row[0])


def _run(connection: Connection[Any], script: str) -> None:
    connection.execute(script)
