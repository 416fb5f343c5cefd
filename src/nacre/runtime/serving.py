"""An instance comes to serve its app, is brought up again to do so, and is put down."""

import asyncio

from nacre.engines.processes.supervisor import Supervisor
from nacre.runtime.app import App
from nacre.runtime.draining import let_finish
from nacre.runtime.entrance import Entrance
from nacre.runtime.health import HEALTHY_WITHIN_S
from nacre.runtime.instance import Instance
from nacre.runtime.instances import Instances
from nacre.runtime.watch import Watch


class Serving:
    """Its callers hold the app's lock."""

    def __init__(self, instances: Instances, supervisor: Supervisor, entrance: Entrance, watch: Watch) -> None:
        self._instances = instances
        self._supervisor = supervisor
        self._entrance = entrance
        self._watch = watch

    async def serve(self, app: App, instance: Instance) -> None:
        """From now on it is the one that serves, and is watched over."""
        app.current, app.asleep, app.stopped = instance, False, False
        await self._entrance.lead_to(app, instance)
        self._watch.begin(app)

    async def bring_up(self, app: App, instance: Instance) -> None:
        """Have it run if it does not, and serve. Raises what keeps it from that."""
        if not self._instances.runs(instance):
            if self._instances.kept(instance) is not None:
                await self._supervisor.stop(instance.name)
            try:
                await self._instances.make_healthy(instance, HEALTHY_WITHIN_S)
            except BaseException:
                await asyncio.shield(instance.stop())
                raise
            await self._supervisor.start(instance)
        await self.serve(app, instance)

    async def put_down(self, app: App) -> None:
        """End the current instance once it has finished what it was asked; nothing leads to it any more."""
        self._watch.end(app)
        instance = app.current
        if instance is not None and self._instances.kept(instance) is not None:
            await let_finish(instance)
            await self._supervisor.stop(instance.name)
