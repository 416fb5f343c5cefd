"""Runs the scripts of pg_llm where it is no extension: installs it, brings it on, takes it out. All or nothing."""

from dataclasses import dataclass
from typing import Any, Literal

import psycopg
from psycopg import Connection
from psycopg.sql import Identifier

from nacre.core.errors import Conflict, NacreError, NotAllowed
from nacre.llm import compat
from nacre.llm.assembling import PG_LLM, Source

Done = Literal["installed", "upgraded", "current"]


@dataclass(frozen=True)
class Noted:
    """What llm.installation says of a database: the version, and the number of the last migration that was run."""

    version: str
    migration: int


def put_in(connection: Connection[Any], *, far: bool, source: Source = PG_LLM) -> Done:
    """Install what this Nacre has, or bring on what there is; in the transaction of `connection`, which is its owner's.

    `far`: the side-car is reached over the network, as settings of the transaction say, and not as on Nacre's own
    servers. Raises Conflict "llm-schema-taken" or "pg-llm-newer", NotAllowed "llm-not-allowed" for anybody but who
    installed it, and psycopg errors for what else Postgres refuses.
    """
    now = Noted(source.current.name, source.current.migrations)
    before = _noted(connection)
    way = source.way_elsewhere(again=before is not None) if far else None
    if before is None:
        _run(connection, source.installing(way=way))
        _run(connection, source.letting_in())
    elif not source.knows(before.version):
        raise newer(before.version, source)
    else:
        _check_owner(connection, "llm")
        _run(connection, source.upgrading(before.migration, way=way))
    _run(connection, source.noted())
    connection.execute("INSERT INTO llm.installation VALUES (%s, %s, pg_catalog.now())", [now.version, now.migration])
    if before is None:
        return "installed"
    return "current" if before == now else "upgraded"


def newer(version: str, source: Source = PG_LLM) -> Conflict:
    """The error about a database that has a version which this Nacre does not know."""
    return Conflict(
        "pg-llm-newer",
        f"The database has pg_llm {version}, which is newer than the {source.current.name} of this Nacre.",
        hint="Upgrade Nacre, or rewind the branch to before its pg_llm was updated.",
    )


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
            hint="CREATE EXTENSION vector, in a branch by `nacre extension enable`. One that offers none needs the "
            "package of pgvector first.",
        )
    if there:
        _check_owner(connection, "llm_compat")
    where = Identifier(vector_schema).as_string(connection)
    _run(connection, compat.elsewhere(again=there, vector_schema=where))


def refused(error: psycopg.Error) -> NacreError | None:
    """What stands in the way of an update that PostgreSQL refused whole; None for any other error."""
    said = error.diag
    match error:
        case psycopg.errors.LockNotAvailable() | psycopg.errors.DeadlockDetected():
            why = "a transaction that is open has used its tables"
            hint = (
                "Try again once it has ended: pg_stat_activity shows who is in one, and pg_terminate_backend ends it."
            )
        case psycopg.errors.InternalError_() if "concurrently" in (said.message_primary or ""):
            why, hint = "somebody else updates it just now", "Try again in a moment."
        case psycopg.errors.DependentObjectsStillExist():
            why = f"something of yours depends on what the new version drops: {said.message_detail or ''}".rstrip()
            hint = "Drop that, update, and make it anew."
        case _:
            return None
    return Conflict("pg-llm-in-use", f"pg_llm was not updated, and nothing was changed: {why}.", hint=hint)


def take_out(connection: Connection[Any]) -> None:
    """Drop all of it; raises Conflict "llm-schema-taken" where it is not ours."""
    if _noted(connection) is not None:
        _run(connection, compat.removing())
        _run(connection, PG_LLM.removing())


def _noted(connection: Connection[Any]) -> Noted | None:
    """What is installed, None where there is nothing of pg_llm."""
    found = connection.execute(
        "SELECT pg_catalog.to_regnamespace('llm') IS NOT NULL OR pg_catalog.to_regnamespace('llm_private') IS NOT NULL,"
        " EXISTS (SELECT FROM pg_catalog.pg_class"
        "  WHERE oid = pg_catalog.to_regclass('llm.installation') AND relkind = 'r'),"
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
    row = connection.execute("SELECT version, migration FROM llm.installation").fetchone()
    return None if row is None else Noted(*row)


def _check_owner(connection: Connection[Any], schema: str) -> None:
    """What an owner hangs on their tables would run with the rights of whoever else brings them on, and take them."""
    row = connection.execute(
        "SELECT pg_catalog.pg_get_userbyid(n.nspowner), current_user FROM pg_catalog.pg_namespace n"
        " WHERE n.nspname = %s",
        [schema],
    ).fetchone()
    assert row is not None
    owner, who = row
    if owner != who:
        raise NotAllowed(
            "llm-not-allowed",
            f"The schema “{schema}” is {owner}'s, who alone may bring it on, and not {who}'s.",
            hint=f"Sign in as {owner}. On a branch, rename a schema of your own that has this name.",
        )


def _run(connection: Connection[Any], script: str) -> None:
    connection.execute(script)
