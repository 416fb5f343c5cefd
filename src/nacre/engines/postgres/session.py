"""Connections of the daemon to a cluster, over its unix socket."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import Connection

from nacre.core.errors import Conflict, Failed, NacreError, NotFound, Unavailable
from nacre.engines.postgres.commands import SUPERUSER
from nacre.engines.postgres.seat import Seat

_SUPERUSER_OPTIONS = "-c search_path=pg_catalog"
"""A database's owner sets its search_path: with theirs, a `count` of their making would run with our rights."""


@contextmanager
def connect(
    seat: Seat,
    *,
    user: str = SUPERUSER,
    password: str = "",
    database: str = "postgres",
    timeout_s: int = 10,
) -> Iterator[Connection[tuple[Any, ...]]]:
    """An autocommit connection over the socket, closed at the end of the block.

    The password is not needed on a private seat. Raises Unavailable if nobody answers, NotFound or Conflict if the
    sign-in is refused, Failed("sql-error") for errors inside the block.
    """
    try:
        connection = psycopg.connect(
            host=str(seat.socket_dir),
            port=seat.port,
            user=user,
            password=password,
            dbname=database,
            connect_timeout=timeout_s,
            application_name="nacre",
            options=_SUPERUSER_OPTIONS if user == SUPERUSER else "",
            client_encoding="utf8",
            autocommit=True,
        )
    except psycopg.OperationalError as error:
        raise _refusal(user, database, str(error)) from error
    try:
        with connection:
            yield connection
    except psycopg.Error as error:
        raise Failed("sql-error", f"{error}".strip()) from error


def _refusal(user: str, database: str, said: str) -> NacreError:
    """Why a connection was refused. libpq hands over the server's words only (lc_messages is C), no SQLSTATE."""
    if f'database "{database}" does not exist' in said:
        return NotFound(
            "database-not-found", f"There is no database “{database}” in this branch.", hint="`psql REF -l` lists them."
        )
    if "password authentication failed" in said:
        return Conflict(
            "password-changed",
            f"The password of the role “{user}” was changed in SQL, so its connection string does not fit any more.",
            hint="Set it back with ALTER ROLE, or rewind the branch to before the change.",
        )
    if "too many connections" in said or "connection slots are reserved" in said:
        return Conflict(
            "too-many-connections", f"Postgres has no connection left for {user}.", hint="Close some of the others."
        )
    return Unavailable(
        "postgres-unreachable",
        f"Postgres does not let {user} in: {said}".strip(),
        hint="It may be starting, or a rewind may be swapping it: try again. `nacre status` shows how it is.",
    )
