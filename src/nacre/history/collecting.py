"""Runs a collection of a project's history and says what it freed."""

import shutil
import time

from nacre.branches.catalog import Catalog
from nacre.branches.locks import Locks
from nacre.branches.places import Places
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

    def collect(self, project: str) -> Collected:
        """Let go of what no kept moment of the project needs."""
        started = time.monotonic()
        branches = self._catalog.all_branches(self._catalog.project(project).id)
        with self._locks.hold(*(branch.ref for branch in branches)):
            before = shutil.disk_usage(self._places.project(project)).free
            state = self._procedures.run(Retention.kind, {"project": project})
            after = shutil.disk_usage(self._places.project(project)).free
        return Collected(
            bases_removed=len(state["bases"]),
            generations_removed=len(state["generations"]),
            freed_bytes=max(0, after - before),
            seconds=time.monotonic() - started,
        )
