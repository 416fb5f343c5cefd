"""Runs a person's SQL on a branch as that person's role; on the past where a moment is given."""

import time

from nacre.branches.catalog import Catalog
from nacre.branches.clusters import Clusters
from nacre.core.clock import Clock
from nacre.core.moments import parse_moment
from nacre.core.names import Ref
from nacre.core.operations import Answer
from nacre.engines.postgres import extensions
from nacre.engines.postgres.query import Json, query
from nacre.history.past import Past
from nacre.history.positions import Positions


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


class Queries:
    def __init__(self, catalog: Catalog, clusters: Clusters, positions: Positions, past: Past, clock: Clock) -> None:
        self._catalog = catalog
        self._clusters = clusters
        self._positions = positions
        self._past = past
        self._clock = clock

    def run(
        self, ref: Ref, text: str, database: str | None, moment: str | None, row_limit: int, timeout_s: float
    ) -> Rows:
        """One or several statements; several are one transaction. Raises InvalidInput "sql-error"."""
        branch = self._catalog.running(ref)
        started = time.monotonic()
        if moment is None:
            connected = self._clusters.person(branch, database)
        else:
            position = self._positions.find(branch, parse_moment(moment, self._clock()))
            connected = self._past.look(branch, position, database or ref.project)
        with connected as connection:
            result = query(connection, text, row_limit=row_limit, timeout_s=timeout_s)
        return Rows(
            columns=result.columns,
            rows=result.rows,
            row_count=result.row_count,
            command=result.command,
            truncated=result.truncated,
            seconds=time.monotonic() - started,
        )

    def enable_extension(self, ref: Ref, name: str, database: str | None) -> ExtensionEnabled:
        """Create what only a superuser may create. Raises NotAllowed for extensions that are unsafe to share."""
        branch = self._catalog.running(ref)
        with self._clusters.admin(branch, database or ref.project) as connection:
            extensions.create_extension(connection, name)
        return ExtensionEnabled(extension=name, database=database or ref.project)
