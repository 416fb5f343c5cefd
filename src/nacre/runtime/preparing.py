"""A release is brought up beside whatever serves, and judged; or dropped again."""

import asyncio
from collections.abc import Collection

from nacre.engines.processes.supervisor import Supervisor
from nacre.runtime.app import App
from nacre.runtime.deployed import Deployed
from nacre.runtime.instance import Instance
from nacre.runtime.instances import Instances


class Preparing:
    """Its callers hold the app's lock."""

    def __init__(self, instances: Instances, supervisor: Supervisor) -> None:
        self._instances = instances
        self._supervisor = supervisor

    async def prepare(self, app: App, deployed: Deployed, within_s: float, number: int | None) -> Instance:
        """A healthy instance of it that is kept running: the one that serves, one that was begun, or a new one. One
        that was given a number elsewhere is that one alone."""
        current = app.current
        if current is not None and _is_meant(current, deployed, number) and self._instances.runs(current):
            return current
        begun = await self._begun(app, deployed, number)
        instance = begun or await self._instances.enter(app, deployed, number)
        try:
            await self._instances.make_healthy(instance, within_s)
            await self._supervisor.start(instance)  # which finds it running
        except BaseException:
            await asyncio.shield(self._instances.end(instance))
            raise
        return instance

    async def drop(self, app: App, release: int) -> None:
        """End the instances of a release that was prepared and will not be switched to."""
        for instance in await self._instances.of(app):
            if instance.deployed.release == release and _is_waiting(app, instance):
                await self._instances.end(instance)

    async def keep(self, app: App, numbers: Collection[int]) -> None:
        """End what was prepared and is none of these."""
        for instance in await self._instances.of(app):
            if instance.number not in numbers and _is_waiting(app, instance):
                await self._instances.end(instance)

    async def _begun(self, app: App, deployed: Deployed, number: int | None) -> Instance | None:
        """An instance of exactly this that was begun before, and is not what serves."""
        for instance in reversed(await self._instances.of(app)):
            if _is_meant(instance, deployed, number) and _is_waiting(app, instance):
                if self._instances.kept(instance) is not None:
                    await self._supervisor.release(instance.name)
                return instance
        return None


def _is_meant(instance: Instance, deployed: Deployed, number: int | None) -> bool:
    return instance.deployed == deployed and number in (None, instance.number)


def _is_waiting(app: App, instance: Instance) -> bool:
    """Whether it has never served: what has is current, or drained."""
    return not app.is_current(instance) and instance.number not in app.drains
