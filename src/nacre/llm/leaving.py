"""Whoever asked a model and goes away takes the question along: nobody pays for what nobody reads."""

import contextvars
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from nacre.core.progress import unheard

_LOOK_EVERY_S = 0.05
_CANCEL_WITHIN_S = 5


@contextmanager
def cancelled_when_left(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Cancel what runs on the connection once whoever watches this operation has gone, or all work is to end.

    A caller who asked for the answer alone cannot be seen to go: for them nothing is watched.
    """
    if unheard():
        yield
        return
    over = threading.Event()
    watch = threading.Thread(
        target=contextvars.copy_context().run, args=(_watch, connection, over), name="llm-leaving", daemon=True
    )
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join()


def _watch(connection: psycopg.Connection[Any], over: threading.Event) -> None:
    while not over.wait(_LOOK_EVERY_S):
        if unheard():
            connection.cancel_safe(timeout=_CANCEL_WITHIN_S)
            return
