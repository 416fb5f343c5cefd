"""Progress of long work: a context variable carries it from any depth to whoever is watching."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One report: what is being done, and how far it is (`done` of `total`, in whatever unit the phase counts)."""

    phase: str
    done: int | None = None
    total: int | None = None


_watcher: ContextVar[Callable[[Step], None] | None] = ContextVar("progress", default=None)


def report(phase: str, *, done: int | None = None, total: int | None = None) -> None:
    """Tell whoever watches this operation how far it is; costs nothing when nobody does."""
    watcher = _watcher.get()
    if watcher is not None:
        watcher(Step(phase, done, total))


@contextmanager
def watched_by(watcher: Callable[[Step], None]) -> Iterator[None]:
    """Send every report made inside the block to `watcher`, which must not block and may be called from any thread."""
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)
