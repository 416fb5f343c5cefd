"""Runs the scripts of pg_llm where it is no extension: installs it, brings it on, takes it out. All or nothing."""

from typing import Any, Literal

from psycopg import Connection
from psycopg.sql import Identifier

from nacre.core.errors import Conflict
from nacre.llm import assembling, compat

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


def put_in_compat(connection: Connection[Any], *, wanted: bool) -> None:
    """After `put_in`, in its transaction: pg_llm_compat as well, where it is wanted or there already.

    Raises Conflict "llm-missing" without pgvector, "llm-schema-taken".
    """
    row = connection.execute(
        "SELECT pg_catalog.to_regnamespace('llm_compat') IS NOT NULL,"
        " pg_catalog.to_regclass('llm_compat.session_state') IS NOT NULL,"
        " (SELECT n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace"
        " WHERE e.extname = 'vector')"
    ).fetchone()
    assert row is not None
    taken, there, vector_schema = row
    if not (wanted or there):
        return
    if taken and not there:
        raise Conflict(
            "llm-schema-taken",
            "The database has a schema “llm_compat” that Nacre did not make.",
            hint="Rename it: ALTER SCHEMA llm_compat RENAME TO …",
        )
    if vector_schema is None:
        raise Conflict(
            "llm-missing",
            "The functions of pg_llm 1.1 take pgvector, which is not in this database.",
            hint="CREATE EXTENSION vector; where the server offers none, install the package of pgvector there first.",
        )
    where = Identifier(vector_schema).as_string(connection)
    _run(connection, compat.elsewhere(again=there, vector_schema=where))


def take_out(connection: Connection[Any]) -> None:
    """Drop all of it; raises Conflict "llm-schema-taken" where it is not ours."""
    if _installed(connection) is not None:
        _run(connection, compat.removing())
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
