"""Runs a collection of a project's history and says what it freed."""

import shutil
import time

from nacre.branches.catalog import Catalog
from nacre.branches.locks import PATIENCE_S, Locks
from nacre.branches.places import Places
from nacre.core.names import Ref
from nacre.core.operations import Answer
from nacre.core.procedures import Procedures
from nacre.history.retention import Retention


class Collected(Answer):
    """How many bases and generations went, and how many bytes of disk became free meanwhile."""

    bases_removed: int
    generations_removed: int
    freed_bytes: int
    seconds: float


class Collecting:
    def __init__(self, catalog: Catalog, places: Places, locks: Locks, procedures: Procedures) -> None:
        self._catalog = catalog
        self._places = places
        self._locks = locks
        self._procedures = procedures

    def collect_for(self, ref: Ref) -> Collected:
        """As `collect`, for the project of a branch. Raises NotFound if there is no such branch."""
        return self.collect(self._catalog.branch(ref).ref.project)

    def collect(self, project: str, patience_s: float = PATIENCE_S) -> Collected:
        """Let go of what no kept moment of the project needs. Raises Conflict "branch-busy" after `patience_s`."""
        started = time.monotonic()
        with self._locks.hold_all(lambda: self._catalog.refs(project), patience_s):
            before = shutil.disk_usage(self._places.project(project)).free
            refs = [str(ref) for ref in self._catalog.refs(project)]
            state = self._procedures.run(Retention.kind, {"project": project, "refs": refs})
            after = shutil.disk_usage(self._places.project(project)).free
        return Collected(
            bases_removed=len(state["bases"]),
            generations_removed=len(state["generations"]),
            freed_bytes=max(0, after - before),
            seconds=time.monotonic() - started,
        )
