"""Which databases of branches have an older pg_llm than this Nacre, and all of them brought on at once.

Nothing is brought on by itself: an older one goes on working, people's views may stand in the way, and what happens to
a database is its owner's to decide. Branches that were rewound fall behind again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from psycopg import Connection

from nacre.branches.catalog import Branch, Catalog
from nacre.branches.clusters import Clusters
from nacre.core.errors import NacreError
from nacre.core.names import Ref
from nacre.core.progress import report
from nacre.llm.assembling import PG_LLM
from nacre.llm.installing.enabling import Enabling

State = Literal["current", "behind", "ahead", "unreachable"]

_DATABASES = """
    SELECT datname FROM pg_catalog.pg_database
    WHERE datallowconn AND NOT datistemplate AND datname <> 'postgres' ORDER BY datname
"""
_EXTENSION = "SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'pg_llm'"
_IS_OURS = """
    SELECT EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass('llm.installation')
        AND relkind = 'r' AND pg_catalog.pg_get_userbyid(relowner) = current_user)
"""


@dataclass(frozen=True)
class Standing:
    """`version` is empty where a branch could not be asked."""

    ref: Ref
    database: str
    version: str
    state: State


@dataclass(frozen=True)
class Brought:
    """`why` it was not; empty where it was."""

    standing: Standing
    why: str = ""


class Standings:
    """Of the branches that run. Called from worker threads."""

    def __init__(self, catalog: Catalog, clusters: Clusters, enabling: Enabling) -> None:
        self._catalog = catalog
        self._clusters = clusters
        self._enabling = enabling

    def all(self) -> list[Standing]:
        """Databases without pg_llm are left out."""
        return [standing for branch in self._catalog.running_branches() for standing in self._of(branch)]

    def bring_on(self) -> list[Brought]:
        """Update where it is behind; one that is refused holds up no other."""
        behind = [standing for standing in self.all() if standing.state == "behind"]
        done = []
        for number, standing in enumerate(behind):
            report(f"updating {standing.ref}", done=number, total=len(behind))
            try:
                self._enabling.enable(standing.ref, standing.database, with_compat=False)
                done.append(Brought(standing))
            except NacreError as error:
                done.append(Brought(standing, error.message))
        return done

    def _of(self, branch: Branch) -> Iterator[Standing]:
        try:
            with self._clusters.admin(branch) as connection:
                databases = [str(row[0]) for row in connection.execute(_DATABASES)]
            for database in databases:
                with self._clusters.admin(branch, database) as connection:
                    version = _version(connection)
                if version is not None:
                    yield Standing(branch.ref, database, version, _state(version))
        except NacreError:
            yield Standing(branch.ref, branch.ref.project, "", "unreachable")


def _version(connection: Connection[Any]) -> str | None:
    """What it is as an extension, or as we installed it: nobody else's table of that name is read with our rights."""
    found = connection.execute(_EXTENSION).fetchone()
    if found is None and (connection.execute(_IS_OURS).fetchone() or (False,))[0]:
        found = connection.execute("SELECT version FROM llm.installation").fetchone()
    return None if found is None else str(found[0])


def _state(version: str) -> State:
    if version == PG_LLM.current.name:
        return "current"
    return "behind" if PG_LLM.knows(version) else "ahead"
