"""Calls pg_llm where it is: in a branch's own database, as the role that owns the project."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
from psycopg import Connection
from psycopg.rows import dict_row

from nacre.branches.catalog import Catalog
from nacre.branches.clusters import Clusters
from nacre.core.errors import InvalidInput, NacreError, NotFound, Unavailable
from nacre.core.names import Ref
from nacre.core.principals import Principal
from nacre.llm.client import Llm
from nacre.llm.errors import from_sql
from nacre.llm.leaving import cancelled_when_left

_PATIENCE_S = 600
_HERE = "SELECT set_config('statement_timeout', %s, false), set_config('application_name', 'nacre', false)"
_MISSING = ("3F000", "42883", "42P01")  # no such schema, function or table
_UNCERTAIN = ("08", "57P")


class Inside:
    """A service of the operations about what lies in a branch: its vectorizers, what it has learned."""

    def __init__(self, catalog: Catalog, clusters: Clusters, llm: Llm) -> None:
        self._catalog = catalog
        self._clusters = clusters
        self._llm = llm

    def rows(self, ref: Ref, sql: LiteralString, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """All rows of a statement, by the names of its columns; values are bound, never written into it.

        Raises NotFound "pg-llm-missing" where the branch has no pg_llm or an older one, what llm/errors.py lists, and
        InvalidInput "sql-error" for what else Postgres refuses.
        """
        with self._connection(ref) as connection, connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(sql, list(values))
            return cursor.fetchall() if cursor.description else []

    def ask_first(self, who: Principal, ref: Ref, fn: str, args: Mapping[str, Any]) -> None:
        """Ask the side-car what the branch will ask, so that it finds the answer kept: `who` pays, and is audited.

        A branch's database knows no persons.
        """
        self._llm.call(who, fn, args, ref)

    @contextmanager
    def _connection(self, ref: Ref) -> Iterator[Connection[tuple[Any, ...]]]:
        with self._clusters.person(self._catalog.running(ref)) as connection:
            try:
                connection.execute(_HERE, [str(_PATIENCE_S * 1000)])
                with cancelled_when_left(connection):
                    yield connection
            except psycopg.Error as error:
                raise _told(ref, error) from error


def _told(ref: Ref, error: psycopg.Error) -> NacreError:
    state, said = error.sqlstate or "", error.diag
    message = said.message_primary or str(error).strip()
    if not state or state.startswith(_UNCERTAIN):
        return Unavailable("postgres-unreachable", f"The connection to Postgres broke: {message}")
    if state in _MISSING:
        return NotFound(
            "pg-llm-missing",
            f"{ref} has no pg_llm, or an older one: {message}.",
            hint=f"`nacre llm enable {ref}` installs it, or brings it on.",
        )
    if state == psycopg.errors.QueryCanceled.sqlstate or state.startswith("LM"):
        return from_sql(state, message, hint=said.message_hint or "", detail=said.message_detail or "")
    return InvalidInput("sql-error", f"{message} (SQLSTATE {state})", hint=said.message_hint or "")
