"""Where requests for an app go: to the instance that serves, to a waiting room, to a page that says it is stopped."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from nacre.gateway.switchboard import Switchboard
from nacre.runtime.app import App
from nacre.runtime.book import Book
from nacre.runtime.draining import SETTLES_S
from nacre.runtime.instance import Instance
from nacre.runtime.instances import Instances
from nacre.runtime.lodging import Lodging
from nacre.runtime.waiting import WaitingRoom


class Entrance:
    """`bring_up` is asked by whoever waits in a waiting room, and answers the socket of the app."""

    def __init__(
        self,
        board: Switchboard,
        book: Book,
        lodging: Lodging,
        instances: Instances,
        bring_up: Callable[[App], Awaitable[Path]],
    ) -> None:
        self._board = board
        self._book = book
        self._lodging = lodging
        self._instances = instances
        self._bring_up = bring_up

    async def lead_to(self, app: App, instance: Instance) -> None:
        """From now on requests reach it. One that is on its way to the waiting room is still let in there."""
        await asyncio.to_thread(self._switch, app, instance.socket, instance.number)
        if app.room is not None:
            asyncio.get_running_loop().call_later(SETTLES_S, self._close_room, app, app.room)

    async def lead_away(self, app: App, socket: Path, number: int) -> None:
        """From now on requests reach an instance on another machine, by this socket."""
        await asyncio.to_thread(self._lodging.make_app, app.name)
        await asyncio.to_thread(self._switch, app, socket, number)

    async def lead_to_room(self, app: App) -> None:
        """Whoever comes from now on waits until it is up."""
        if app.room is None:
            await asyncio.to_thread(self._lodging.make_app, app.name)
            app.room = WaitingRoom(self.room_path(app), lambda: self._bring_up(app), self._lodging.group)
        await app.room.open()
        await asyncio.to_thread(self._board.switch, {app.name: app.room.path})

    async def shut(self, app: App) -> None:
        """Whoever comes from now on is told that it is stopped."""
        await asyncio.to_thread(self._shut, app)

    def room_path(self, app: App) -> Path:
        return self._lodging.app_folder(app.name) / "wait.sock"

    def _switch(self, app: App, socket: Path, number: int) -> None:
        self._board.switch({app.name: socket})
        self._book.serve(app.name, number)
        self._stopped(app).unlink(missing_ok=True)

    def _close_room(self, app: App, room: WaitingRoom) -> None:
        if app.current is not None and not app.asleep and self._instances.runs(app.current):
            room.close()

    def _shut(self, app: App) -> None:
        self._lodging.make_app(app.name)
        self._stopped(app).touch(mode=0o644)
        self._board.switch({app.name: None})

    def _stopped(self, app: App) -> Path:
        """The gateway looks whether this file is there."""
        return self._lodging.app_folder(app.name) / "stopped"
