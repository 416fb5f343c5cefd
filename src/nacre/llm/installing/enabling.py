"""Gives a database of a branch pg_llm that it does not have from the start, or brings on what it has."""

from typing import Any

from psycopg import Connection

from nacre.branches.catalog import Catalog
from nacre.branches.clusters import Clusters
from nacre.core.names import Ref
from nacre.engines.postgres.provision import furnish
from nacre.llm.installing.scripts import Done, put_in


class Enabling:
    """Called from worker threads."""

    def __init__(self, catalog: Catalog, clusters: Clusters) -> None:
        self._catalog = catalog
        self._clusters = clusters

    def enable(self, ref: Ref, database: str | None) -> Done:
        """Raises Conflict "llm-schema-taken", NotFound "database-not-found", Failed "sql-error"."""
        branch = self._catalog.running(ref)
        name = database or ref.project
        given = self._clusters.installation.given
        with self._clusters.admin(branch, name) as connection:
            if not given:
                with connection.transaction():
                    return put_in(connection, far=False)
            before = _version(connection)
            furnish(connection, ref.project, given)
            connection.execute("ALTER EXTENSION pg_llm UPDATE")
            after = _version(connection)
        if before is None:
            return "installed"
        return "current" if before == after else "upgraded"


def _version(connection: Connection[Any]) -> str | None:
    row = connection.execute("SELECT extversion FROM pg_extension WHERE extname = 'pg_llm'").fetchone()
    return None if row is None else str(row[0])
