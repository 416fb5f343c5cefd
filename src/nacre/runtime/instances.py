"""The instances of apps: written down in the book, kept running by the supervisor."""

import asyncio

from nacre.core.errors import NotFound
from nacre.engines.processes.supervisor import State, Status, Supervisor
from nacre.engines.sandbox.driver import Driver
from nacre.runtime.app import App
from nacre.runtime.book import Book
from nacre.runtime.deployed import LOCAL, Deployed
from nacre.runtime.health import wait_healthy
from nacre.runtime.instance import Instance
from nacre.runtime.lodging import Lodging
from nacre.runtime.logs import Logs


class Instances:
    def __init__(self, book: Book, lodging: Lodging, driver: Driver, supervisor: Supervisor, logs: Logs) -> None:
        self._book = book
        self._lodging = lodging
        self._driver = driver
        self._supervisor = supervisor
        self._logs = logs

    async def of(self, app: App) -> list[Instance]:
        """All there are on this machine, the oldest first."""
        found = await asyncio.to_thread(self._book.instances, app.name)
        return [self._instance(app, number, deployed) for number, deployed in found if deployed.node == LOCAL]

    async def enter(self, app: App, deployed: Deployed, number: int | None) -> Instance:
        """A new one, which is not started yet."""
        return self._instance(app, await asyncio.to_thread(self._book.enter, deployed, number), deployed)

    async def make_healthy(self, instance: Instance, within_s: float) -> None:
        """Have it run, which it may do already, and return once it serves. Raises what keeps it from that."""
        if await instance.adopt() is None:
            await instance.start()
        await wait_healthy(instance, within_s)

    async def end(self, instance: Instance) -> None:
        """Stop it and strike it out; its log stays with its release."""
        if self.kept(instance) is not None:
            await self._supervisor.stop(instance.name)
        else:
            await instance.adopt()
            await instance.stop()
        await asyncio.to_thread(self._lodging.remove, instance.deployed.app, str(instance.number))
        await asyncio.to_thread(self._book.strike, instance.number)

    def runs(self, instance: Instance) -> bool:
        kept = self.kept(instance)
        return kept is not None and kept.state is State.RUNNING

    def kept(self, instance: Instance) -> Status | None:
        """What the supervisor knows of it; None when it does not look after it."""
        try:
            return self._supervisor.status(instance.name)
        except NotFound:
            return None

    def _instance(self, app: App, number: int, deployed: Deployed) -> Instance:
        if app.current is not None and app.current.number == number:
            return app.current
        return Instance(number, deployed, self._lodging, self._driver, self._logs.of(deployed.app, deployed.release))
