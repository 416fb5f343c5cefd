"""Tells the follower what there is to follow, anew whenever that is something else."""

from collections.abc import Callable
from pathlib import Path

from nacre.monitoring.logs.source import Source, write_plan


class Planning:
    """`sources` lists what there is."""

    def __init__(self, plan: Path, sources: Callable[[], list[Source]]) -> None:
        self._plan = plan
        self._sources = sources
        self._told: list[Source] | None = None

    def look(self) -> None:
        sources = self._sources()
        if self._told != sources:
            write_plan(self._plan, sources)
            self._told = sources
