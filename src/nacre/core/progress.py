"""Progress of long work, and what it says: a context variable carries both from any depth to whoever is watching."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from nacre.core.errors import NotSignedIn

if TYPE_CHECKING:  # the command line starts without what principals need
    from nacre.core.principals import Principal

Channel = Literal["stdout", "stderr"]


@dataclass(frozen=True)
class Step:
    """One report: what is being done, and how far it is (`done` of `total`, in whatever unit the phase counts)."""

    phase: str
    done: int | None = None
    total: int | None = None


@dataclass(frozen=True)
class Output:
    """What a program that an operation runs has just written."""

    stream: Channel
    data: bytes


@dataclass(frozen=True)
class _Watch:
    on_step: Callable[[Step], None]
    on_output: Callable[[Output], None]
    gone: threading.Event
    ending: threading.Event
    still: "Callable[[], Principal | None] | None"


_watch: ContextVar[_Watch | None] = ContextVar("progress", default=None)


def report(phase: str, *, done: int | None = None, total: int | None = None) -> None:
    """Tell whoever watches this operation how far it is; costs nothing when nobody does."""
    watch = _watch.get()
    if watch is not None:
        watch.on_step(Step(phase, done, total))


def say(data: bytes, stream: Channel = "stdout") -> None:
    """Pass on, to whoever watches this operation, what a program that it runs has written."""
    watch = _watch.get()
    if watch is not None:
        watch.on_output(Output(stream, data))


def unheard() -> bool:
    """Whether whoever watched has gone, or nobody ever did: following on is then of no use to anybody."""
    watch = _watch.get()
    return watch is None or watch.gone.is_set() or watch.ending.is_set()


def ending() -> bool:
    """Whether all work is asked to come to an end, because the daemon stops."""
    watch = _watch.get()
    return watch is not None and watch.ending.is_set()


def by_now(who: "Principal") -> "Principal":
    """The caller with the rights of now: what goes on for as long as somebody likes asks again and again.

    Raises NotSignedIn "let-in-no-more": whoever began is let in no more.
    """
    watch = _watch.get()
    if watch is None or watch.still is None:
        return who
    now = watch.still()
    if now is None:
        raise NotSignedIn(
            "let-in-no-more",
            "Whoever began this is let in no more: the session has ended, or the token.",
            hint="Sign in again, or ask for a new token.",
        )
    return now


@contextmanager
def watched_by(
    on_step: Callable[[Step], None],
    on_output: Callable[[Output], None] = lambda output: None,
    gone: threading.Event | None = None,
    ending: threading.Event | None = None,
    still: "Callable[[], Principal | None] | None" = None,
) -> Iterator[None]:
    """Send all that is told inside the block to these, which must not block and may be called from any thread.

    `gone` is set when nobody listens any more, `ending` when the work is to end; `still` tells who the caller is by
    now, None when they are let in no more.
    """
    token = _watch.set(_Watch(on_step, on_output, gone or threading.Event(), ending or threading.Event(), still))
    try:
        yield
    finally:
        _watch.reset(token)
