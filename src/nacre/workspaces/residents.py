"""Who may have workspaces, and what becomes of those of people who no longer may."""

import asyncio
from collections.abc import Callable
from typing import Protocol

import structlog

from nacre.core.errors import NotFound
from nacre.core.events import Event, EventBus

_log = structlog.get_logger()

Asked = Callable[[str], bool]
"""Given a person's name, yes or no; from any thread."""


class Host(Protocol):
    """What keeps the workspaces."""

    async def dismiss(self, person: str, why: str) -> None:
        """Stop all of a person's workspaces."""

    async def forget(self, person: str) -> None:
        """Stop and forget them, homes included: a name that is given again is another person's."""


class Residents:
    def __init__(self, may_call: Asked, exists: Asked) -> None:
        self._may_call = may_call
        self._exists = exists

    def require(self, person: str) -> None:
        """Raises NotFound "person-not-found"."""
        if not self._may_call(person):
            raise NotFound(
                "person-not-found",
                f"There is no person “{person}” who may sign in.",
                hint="`nacre person list` shows everybody.",
            )

    async def sweep(self, host: Host, people: set[str]) -> None:
        """After a start: see to those of `people` who left, or were told to, while nobody watched."""
        for person in people:
            if not await asyncio.to_thread(self._exists, person):
                await host.forget(person)
            elif not await asyncio.to_thread(self._may_call, person):
                await host.dismiss(person, "its person may not sign in")

    def watch(self, host: Host, bus: EventBus, loop: asyncio.AbstractEventLoop) -> None:
        """From now on, see to those who leave."""

        async def see_to(event: Event) -> None:
            person = str(event.data["name"])
            try:
                await self.sweep(host, {person})
            except Exception:  # the next start sweeps again
                _log.exception("workspaces of one who left not seen to", person=person)

        def listener(event: Event) -> None:
            if event.type in {"person.disable", "person.remove"}:
                asyncio.run_coroutine_threadsafe(see_to(event), loop)

        bus.listen(listener)
