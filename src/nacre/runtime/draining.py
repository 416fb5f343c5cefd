"""An instance that nothing leads to any more is let finish what it was asked."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from nacre.runtime.app import App
from nacre.runtime.instance import Instance

SETTLES_S = 1.0
"""A request that was on its way when its app was switched has been dialled by then."""

_log = structlog.get_logger()
_LOOK_EVERY_S = 0.25


def drain(app: App, instance: Instance, end: Callable[[Instance], Awaitable[None]]) -> None:
    """Let it finish in the background, then end it."""
    task = app.drains[instance.number] = asyncio.create_task(_drain(app, instance, end))
    task.add_done_callback(lambda _: app.drains.pop(instance.number, None))


async def let_finish(instance: Instance) -> None:
    """Until nobody is connected to it, at most as long as the release asks for. The gateway keeps idle connections
    for some seconds, which are waited for, too."""
    deadline = time.monotonic() + instance.deployed.run.drain_s
    await asyncio.sleep(min(SETTLES_S, instance.deployed.run.drain_s))
    while await instance.connected() and time.monotonic() < deadline:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(_LOOK_EVERY_S)


async def _drain(app: App, instance: Instance, end: Callable[[Instance], Awaitable[None]]) -> None:
    try:
        await let_finish(instance)  # cut off here, the next daemon goes on
    except OSError:
        _log.exception("app not drained", app=app.name)
    await asyncio.shield(end(instance))
