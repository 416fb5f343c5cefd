"""What happened, as it happens: every finished operation is an event that any number of listeners can follow."""

import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from pydantic import BaseModel, ConfigDict

from nacre.core.clock import Clock

_log = structlog.get_logger()


class Event(BaseModel):
    """One event. `id` grows by one; `project` is None for events of the whole system, and of a single `person`, whose
    business it is beside the admins'."""

    model_config = ConfigDict(frozen=True)

    id: int
    time: datetime
    type: str
    project: str | None
    branch: str | None
    who: str
    data: dict[str, Any]
    person: str | None = None


class EventBus:
    """Hands events to listeners and keeps the last `kept` of them for those who come back after a lost connection."""

    def __init__(self, clock: Clock, kept: int = 1000) -> None:
        self._clock = clock
        self._recent: deque[Event] = deque(maxlen=kept)
        self._listeners: set[Callable[[Event], None]] = set()
        self._last = 0
        self._lock = threading.Lock()

    def emit(
        self,
        type_: str,
        who: str,
        project: str | None,
        branch: str | None,
        data: dict[str, Any],
        person: str | None = None,
    ) -> None:
        """Number the event and hand it on. A listener that raises is dropped."""
        with self._lock:
            self._last += 1
            event = Event(
                id=self._last,
                time=self._clock(),
                type=type_,
                project=project,
                branch=branch,
                who=who,
                data=data,
                person=person,
            )
            self._recent.append(event)
            listeners = tuple(self._listeners)
        for listener in listeners:
            try:
                listener(event)
            except Exception:  # what the event tells of is done, and must not seem to have failed
                _log.exception("event listener dropped", type=type_)
                self.leave(listener)

    def listen(self, listener: Callable[[Event], None], after: int | None = None) -> list[Event]:
        """Call `listener` (which must not block; any thread) from now on; returns those kept after `after`."""
        with self._lock:
            self._listeners.add(listener)
            return [event for event in self._recent if after is not None and event.id > after]

    def leave(self, listener: Callable[[Event], None]) -> None:
        with self._lock:
            self._listeners.discard(listener)
