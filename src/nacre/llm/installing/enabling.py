"""Gives a database of a branch pg_llm that it does not have from the start, or brings on what it has."""

from typing import Any

import psycopg
from psycopg import Connection

from nacre.branches.catalog import Catalog
from nacre.branches.clusters import Clusters
from nacre.core.names import Ref
from nacre.engines.postgres.provision import furnish
from nacre.llm import compat
from nacre.llm.assembling import NAME, PG_LLM
from nacre.llm.installing.scripts import Done, newer, put_in, put_in_compat, refused


class Enabling:
    """Called from worker threads."""

    def __init__(self, catalog: Catalog, clusters: Clusters) -> None:
        self._catalog = catalog
        self._clusters = clusters

    def enable(self, ref: Ref, database: str | None, *, with_compat: bool) -> Done:
        """`with_compat`: the functions of pg_llm 1.1 as well; where they are, they are brought on.

        Raises Conflict "llm-schema-taken", "llm-missing", "pg-llm-newer", "pg-llm-in-use", NotFound
        "database-not-found", Failed "sql-error".
        """
        branch = self._catalog.running(ref)
        name = database or ref.project
        with self._clusters.admin(branch, name) as connection:
            try:
                if self._clusters.installation.given:
                    return self._as_extension(connection, ref, with_compat=with_compat)
                with connection.transaction():
                    done = put_in(connection, far=False)
                    put_in_compat(connection, wanted=with_compat)
                    return done
            except psycopg.Error as error:
                raise refused(error) or error from error

    def _as_extension(self, connection: Connection[Any], ref: Ref, *, with_compat: bool) -> Done:
        before = _version(connection, NAME)
        if before is not None and not PG_LLM.knows(before):
            raise newer(before)
        furnish(connection, ref.project, [*self._clusters.installation.given, *([compat.NAME] if with_compat else [])])
        connection.execute("ALTER EXTENSION pg_llm UPDATE")
        if _version(connection, compat.NAME) is not None:
            connection.execute("ALTER EXTENSION pg_llm_compat UPDATE")
        if before is None:
            return "installed"
        return "current" if before == PG_LLM.current.name else "upgraded"


def _version(connection: Connection[Any], extension: str) -> str | None:
    row = connection.execute("SELECT extversion FROM pg_extension WHERE extname = %s", [extension]).fetchone()
    return None if row is None else str(row[0])
