"""The connection a call on data goes through: to the present, or to a view of the past, always as the person's role."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.sql import SQL

from nacre.branches.catalog import Catalog
from nacre.branches.clusters import Clusters
from nacre.core.clock import Clock
from nacre.core.errors import Failed
from nacre.core.moments import parse_moment
from nacre.core.names import Ref
from nacre.engines.postgres.query import sql_error
from nacre.history.past import Past
from nacre.history.positions import Positions

PATIENCE_S = 30.0


class Reach:
    def __init__(self, catalog: Catalog, clusters: Clusters, positions: Positions, past: Past, clock: Clock) -> None:
        self._catalog = catalog
        self._clusters = clusters
        self._positions = positions
        self._past = past
        self._clock = clock

    @contextmanager
    def looking(
        self, ref: Ref, database: str | None = None, moment: str | None = None, *, timeout_s: float = PATIENCE_S
    ) -> Iterator[Connection[tuple[Any, ...]]]:
        """As `connection` with `read_only`, and all of the block is one transaction that changes nothing.

        A view may call a function that lets the session write again: it would from the next transaction on.
        """
        with (
            self.connection(ref, database, moment, timeout_s=timeout_s, read_only=True) as connection,
            connection.transaction(force_rollback=True),
        ):
            yield connection

    @contextmanager
    def connection(
        self,
        ref: Ref,
        database: str | None = None,
        moment: str | None = None,
        *,
        timeout_s: float = PATIENCE_S,
        read_only: bool = False,
    ) -> Iterator[Connection[tuple[Any, ...]]]:
        """A connection in autocommit; what Postgres refuses inside the block is raised in our words, as "sql-error".

        `read_only` is for callers who may only look: a view may call a function that writes.
        """
        branch = self._catalog.running(ref)
        if moment is None:
            connected = self._clusters.person(branch, database)
        else:
            position = self._positions.find(branch, parse_moment(moment, self._clock()))
            connected = self._past.look(branch, position, database or ref.project)
        with connected as connection:
            try:
                connection.execute(
                    SQL("SELECT set_config('statement_timeout', %s, false)"), [str(max(1, int(timeout_s * 1000)))]
                )
                if read_only:
                    connection.execute("SET default_transaction_read_only = on")
                yield connection
            except psycopg.errors.QueryCanceled as error:
                raise Failed(
                    "sql-timeout",
                    f"The statement ran longer than {timeout_s:g} s and was cancelled.",
                    hint="Ask for less, or run it with `nacre sql --timeout`.",
                ) from error
            except psycopg.Error as error:
                raise sql_error(error) from error
