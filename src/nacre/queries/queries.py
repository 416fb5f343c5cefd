"""Runs a person's SQL on a branch as that person's role; on the past where a moment is given."""

import time

from nacre.branches.catalog import Catalog
from nacre.branches.clusters import Clusters
from nacre.core.errors import NacreError
from nacre.core.names import Ref
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.engines.postgres import extensions
from nacre.engines.postgres.query import Json, query
from nacre.queries.reach import Reach
from nacre.queries.sqlhistory import SqlHistory

_OF_THE_STATEMENT = ("sql-error", "sql-timeout", "sql-copy")


class Rows(Answer):
    """The last statement's result. `row_count` counts rows returned, or changed where nothing is returned."""

    columns: list[str]
    rows: list[list[Json]]
    row_count: int
    command: str
    truncated: bool
    seconds: float


class ExtensionEnabled(Answer):
    extension: str
    database: str


class ExtensionListed(Answer):
    """`version` is the one that is enabled, or would be; `about` is what its makers say it is for."""

    name: str
    version: str
    enabled: bool
    about: str | None


_EXTENSIONS = b"""
    SELECT name, coalesce(installed_version, default_version), installed_version IS NOT NULL, comment
    FROM pg_available_extensions ORDER BY installed_version IS NULL, name
"""


class Queries:
    def __init__(self, catalog: Catalog, clusters: Clusters, reach: Reach, history: SqlHistory) -> None:
        self._catalog = catalog
        self._clusters = clusters
        self._reach = reach
        self._history = history

    def run(
        self,
        who: Principal,
        ref: Ref,
        text: str,
        database: str | None,
        moment: str | None,
        row_limit: int,
        timeout_s: float,
    ) -> Rows:
        """One or several statements; several are one transaction. Raises InvalidInput "sql-error"."""
        started = time.monotonic()
        try:
            with self._reach.connection(ref, database, moment, timeout_s=timeout_s) as connection:
                result = query(connection, text, row_limit=row_limit, timeout_s=timeout_s)
        except NacreError as error:
            if error.code in _OF_THE_STATEMENT:
                self._history.note(who, ref, text, moment, None, time.monotonic() - started, error.code)
            raise
        self._history.note(who, ref, text, moment, result.row_count, time.monotonic() - started, None)
        return Rows(
            columns=result.columns,
            rows=result.rows,
            row_count=result.row_count,
            command=result.command,
            truncated=result.truncated,
            seconds=time.monotonic() - started,
        )

    def extensions(self, ref: Ref, database: str | None, moment: str | None) -> list[ExtensionListed]:
        """Those that the database has, then those it could have."""
        with self._reach.connection(ref, database, moment) as connection:
            found = connection.execute(_EXTENSIONS).fetchall()
        return [
            ExtensionListed(name=name, version=version, enabled=enabled, about=about)
            for name, version, enabled, about in found
        ]

    def enable_extension(self, ref: Ref, name: str, database: str | None) -> ExtensionEnabled:
        """Create what only a superuser may create. Raises NotAllowed for extensions that are unsafe to share."""
        branch = self._catalog.running(ref)
        with self._clusters.admin(branch, database or ref.project) as connection:
            extensions.create_extension(connection, name)
        return ExtensionEnabled(extension=name, database=database or ref.project)
