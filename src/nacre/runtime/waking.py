"""Somebody in the waiting room is told the app's socket once it is up, which may first have to be woken."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from nacre.core.errors import NacreError, Unavailable
from nacre.runtime.app import App
from nacre.runtime.health import ask
from nacre.runtime.instances import Instances

_UP_AGAIN_S = 20.0
_LOOK_EVERY_S = 0.25


async def socket_once_up(app: App, instances: Instances, wake: Callable[[str], Awaitable[bool]]) -> Path:
    """Raises what keeps it from waking, which its status tells then, too; Unavailable "app-not-up"."""
    try:
        if await wake(app.name) and app.current is not None:
            return app.current.socket
    except NacreError as error:
        app.trouble = error.message
        raise
    deadline = time.monotonic() + _UP_AGAIN_S
    while True:
        if app.current is not None and instances.runs(app.current) and await ask(app.current, _UP_AGAIN_S) is not None:
            return app.current.socket
        if time.monotonic() > deadline or app.current is None:
            raise Unavailable("app-not-up", f"“{app.name}” did not come up.")
        await asyncio.sleep(_LOOK_EVERY_S)
