"""What ran when the last daemon ended is found again, and what should run is started."""

import asyncio

from nacre.engines.processes.supervisor import Supervisor
from nacre.gateway.switchboard import Switchboard
from nacre.runtime.app import App
from nacre.runtime.book import Book
from nacre.runtime.draining import drain
from nacre.runtime.entrance import Entrance
from nacre.runtime.instance import Instance
from nacre.runtime.instances import Instances
from nacre.runtime.watch import Watch


class Finding:
    """Its callers hold the app's lock."""

    def __init__(
        self,
        book: Book,
        board: Switchboard,
        instances: Instances,
        supervisor: Supervisor,
        entrance: Entrance,
        watch: Watch,
    ) -> None:
        self._book = book
        self._board = board
        self._instances = instances
        self._supervisor = supervisor
        self._entrance = entrance
        self._watch = watch

    async def find_again(self, app: App, stopped: bool) -> None:
        """The instance that serves, and older ones that are still drained; an app that slept sleeps on."""
        app.current, app.stopped = await self.remembered(app), stopped
        for instance in await self._instances.of(app):
            if not app.is_current(instance):
                await self._find_older(app, instance)
        if app.current is None or stopped:
            return
        line = await asyncio.to_thread(self._board.line, app.name)
        if await app.current.adopt() is not None:
            await self._supervisor.start(app.current)
            await self._entrance.lead_to(app, app.current)
            self._watch.begin(app)
            return
        await self._entrance.lead_to_room(app)
        app.asleep = app.current.deployed.run.idle_minutes is not None and line == self._entrance.room_path(app)
        if not app.asleep:
            self._supervisor.keep(app.current)
            self._watch.begin(app)

    async def remembered(self, app: App) -> Instance | None:
        """The instance that the switchboard leads to, or that was written down where it leads to none."""
        line = await asyncio.to_thread(self._board.line, app.name)
        placement = await asyncio.to_thread(self._book.placement, app.name)
        found = await self._instances.of(app)
        led = next((one for one in found if one.socket == line), None)
        if led is not None:
            await asyncio.to_thread(self._book.serve, app.name, led.number)
            return led
        written = placement.instance_id if placement else None
        return next((one for one in found if one.number == written), None)

    async def _find_older(self, app: App, instance: Instance) -> None:
        """One that was replaced goes on being drained; one that was being prepared is asked for again, or dropped, by
        whoever had it prepared."""
        if app.current is None or instance.number > app.current.number:
            return
        if await instance.adopt() is None:
            await self._instances.end(instance)
            return
        await self._supervisor.start(instance)
        drain(app, instance, self._instances.end)
