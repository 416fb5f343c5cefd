"""Who may have workspaces, and what becomes of those of people who no longer may."""

import asyncio
from collections.abc import Callable
from typing import Protocol

import structlog

from nacre.core.errors import NotFound
from nacre.core.events import Event, EventBus
from nacre.core.principals import Principal, Role

_log = structlog.get_logger()

Standing = Callable[[str], Principal | None]
"""A person as a caller with the rights they have now; None for one who may not call. From any thread."""
Asked = Callable[[str], bool]
"""Given a person's name, yes or no; from any thread."""

_LEAVES = {"person.disable", "person.remove"}
_LOSES = {"member.remove", "member.set", "person.update"}


class Host(Protocol):
    """What keeps the workspaces."""

    async def dismiss(self, person: str, why: str, spared: Asked = lambda _: False) -> None:
        """Stop a person's workspaces, but for those in projects that are `spared`."""

    async def forget(self, person: str) -> None:
        """Stop and forget them, homes included: a name that is given again is another person's."""


class Residents:
    def __init__(self, standing: Standing, exists: Asked) -> None:
        self._standing = standing
        self._exists = exists

    def require(self, person: str) -> None:
        """Raises NotFound "person-not-found"."""
        if self._standing(person) is None:
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
            elif await asyncio.to_thread(self._standing, person) is None:
                await host.dismiss(person, "its person may not sign in")

    def watch(self, host: Host, bus: EventBus, loop: asyncio.AbstractEventLoop) -> None:
        """From now on, see to those who leave, or lose a project: what they left running would keep a door open."""

        async def see_to(event: Event) -> None:
            person = str(event.data["name"])
            try:
                await self.sweep(host, {person})
                if event.type in _LOSES:
                    await self._dismiss_from_lost(host, person)
            except Exception:  # the next start sweeps again
                _log.exception("workspaces of one who left not seen to", person=person)

        def listener(event: Event) -> None:
            if event.type in _LEAVES | _LOSES:
                asyncio.run_coroutine_threadsafe(see_to(event), loop)

        bus.listen(listener)

    async def _dismiss_from_lost(self, host: Host, person: str) -> None:
        who = await asyncio.to_thread(self._standing, person)
        if who is not None:
            await host.dismiss(
                person, "its person may work there no more", lambda project: (who.role_in(project) or 0) >= Role.USER
            )
