"""Changing a branch's files from outside its sandbox: one change at a time, beside rewinds and not within them."""

import shlex
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from nacre.branches.catalog import Catalog
from nacre.branches.locks import Locks
from nacre.branches.places import Places
from nacre.branches.trees import Trees
from nacre.core.clock import Clock, to_ns
from nacre.core.names import Ref
from nacre.core.operations import Answer
from nacre.engines.files.edits import Edits, in_words
from nacre.engines.files.paths import shown_path
from nacre.engines.files.tick import wait_past

_PATIENCE_S = 60.0


class PathsChanged(Answer):
    """`paths` are those changed, as they are called now. `undo` is the command that takes it back: it restores the
    paths `undo_paths` to the moment `before`."""

    paths: list[str]
    before: datetime
    undo_paths: list[str]
    undo: str
    seconds: float


@dataclass(frozen=True)
class Change:
    """Under way: `edits` makes it, `before` is the last moment without it."""

    ref: Ref
    edits: Edits
    before: datetime
    started: float

    def done(self, paths: Sequence[bytes], undo_paths: Sequence[bytes] | None = None) -> PathsChanged:
        """The answer, for a change of `paths`; what is restored to take it back may be more."""
        back = sorted({shown_path(path) for path in (paths if undo_paths is None else undo_paths)})
        return PathsChanged(
            paths=[shown_path(path) for path in paths],
            before=self.before,
            undo_paths=back,
            undo=f"nacre files restore {self.ref} {shlex.join(back)} --at {self.before.isoformat()}",
            seconds=time.monotonic() - self.started,
        )


class Workbench:
    def __init__(self, catalog: Catalog, places: Places, trees: Trees, locks: Locks, clock: Clock) -> None:
        self._catalog = catalog
        self._places = places
        self._trees = trees
        self._locks = locks
        self._clock = clock

    @contextmanager
    def change(self, ref: Ref, *, losing: bool = False) -> Iterator[Change]:
        """Hold the branch and what it takes to change its files; all they are now is in the journal by then.

        `losing` is for changes after which content is gone: then also what was written through mappings is recorded.
        """
        started = time.monotonic()
        with self._locks.hold(ref, patience_s=_PATIENCE_S):
            branch = self._catalog.running(ref)
            self._trees.tree(branch).barrier(rescan=losing)
            before = self._clock()
            wait_past(to_ns(before))
            with in_words(), Edits(self._places.files(ref)) as edits:
                yield Change(ref, edits, before, started)

    @contextmanager
    def look(self, ref: Ref) -> Iterator[Edits]:
        """The files of a branch as they are on disk, to be read."""
        with in_words(), Edits(self._places.files(self._catalog.branch(ref).ref)) as edits:
            yield edits
