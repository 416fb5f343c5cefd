"""Connections of the daemon to a cluster, over its unix socket."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import Connection

from nacre.core.errors import Failed, Unavailable
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

    The password is not needed on a private seat. Raises Unavailable if nobody answers or the sign-in is refused,
    Failed("sql-error") for errors inside the block.
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
        raise Unavailable("postgres-unreachable", f"Postgres does not let {user} in: {error}".strip()) from error
    try:
        with connection:
            yield connection
    except psycopg.Error as error:
        raise Failed("sql-error", f"{error}".strip()) from error
