"""A release is brought up beside whatever serves, and judged; or dropped again."""

import asyncio

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

    async def prepare(self, app: App, deployed: Deployed, within_s: float) -> Instance:
        """A healthy instance of it that is kept running: the one that serves, one that was begun, or a new one."""
        if app.current is not None and app.current.deployed == deployed and self._instances.runs(app.current):
            return app.current
        instance = await self._begun(app, deployed) or await self._instances.enter(app, deployed)
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

    async def _begun(self, app: App, deployed: Deployed) -> Instance | None:
        """An instance of exactly this that was begun before, and is not what serves."""
        for instance in reversed(await self._instances.of(app)):
            if instance.deployed == deployed and _is_waiting(app, instance):
                if self._instances.kept(instance) is not None:
                    await self._supervisor.release(instance.name)
                return instance
        return None


def _is_waiting(app: App, instance: Instance) -> bool:
    """Whether it has never served: what has is current, or drained."""
    return not app.is_current(instance) and instance.number not in app.drains
