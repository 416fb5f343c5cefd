"""Connections to servers that may not answer: each is made in a thread beside, and waited for a moment only."""

import threading
import time
from collections.abc import Callable, Hashable, Mapping
from contextlib import AbstractContextManager, ExitStack, suppress
from typing import Any, Generic, TypeVar

import psycopg
import structlog
from psycopg import Connection

from nacre.core.errors import NacreError
from nacre.engines.postgres.health import prepare

K = TypeVar("K", bound=Hashable)
_log = structlog.get_logger()
Open = Callable[[], AbstractContextManager[Connection[Any]]]

_PATIENCE_S, _LESS_PATIENCE_S = 1.5, 0.05
_PATIENCE_WITH_ALL_S = 3.0
"""When so long was waited in vain, the others have less time: those that answer need a fifth of that."""


class Kept:
    """A connection that is ready to be asked for its cluster's health."""

    def __init__(self, open_: Open) -> None:
        with ExitStack() as opened:
            self.connection: Connection[Any] = opened.enter_context(open_())
            prepare(self.connection)
            self._open = opened.pop_all()

    def close(self) -> None:
        with suppress(psycopg.Error, NacreError):
            self._open.close()


class Connecting(Generic[K]):
    """For one thread. One that is still being made is not begun again, and not waited for a second time."""

    def __init__(self) -> None:
        self._coming: dict[K, _Coming] = {}

    def made(self, wanted: Mapping[K, Open]) -> dict[K, Kept]:
        """Those that have come by now; who is down has none."""
        waited_s = 0.0
        for key in wanted.keys() - self._coming.keys():
            coming = self._coming[key] = _Coming(wanted[key])
            began_s = time.monotonic()
            coming.start()
            coming.join(_PATIENCE_S if waited_s < _PATIENCE_WITH_ALL_S else _LESS_PATIENCE_S)
            if coming.is_alive():
                waited_s += time.monotonic() - began_s
        over = {key: self._coming.pop(key) for key, coming in [*self._coming.items()] if not coming.is_alive()}
        for key in over.keys() - wanted.keys():  # nobody wants it any more
            if (late := over.pop(key).kept) is not None:
                late.close()
        return {key: coming.kept for key, coming in over.items() if coming.kept is not None}


class _Coming(threading.Thread):
    def __init__(self, open_: Open) -> None:
        super().__init__(name="monitoring-connecting", daemon=True)
        self._open_ = open_
        self.kept: Kept | None = None

    def run(self) -> None:
        try:
            self.kept = Kept(self._open_)
        except (psycopg.Error, NacreError):  # it is down
            pass
        except Exception:  # whatever one has, the others must be looked at
            _log.exception("not connected")
