"""The daemon's process: puts daemon and servers together and runs them until a signal ends them."""

import asyncio
import signal
from collections.abc import Callable

import uvloop

from nacre.core.settings import Settings
from nacre.daemon import Daemon
from nacre.surfaces.http.development import sound_change, start_over
from nacre.surfaces.http.log import log_to_stderr
from nacre.surfaces.http.serve import serve
from nacre.surfaces.registry import all_operations


def run(settings: Settings, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; `ready` is called once the daemon answers. In mode dev new code starts it over.

    Raises NacreError if it cannot start.
    """
    log_to_stderr()
    all_operations()
    if uvloop.run(_until_signalled(settings, ready)):
        start_over()


async def _until_signalled(settings: Settings, ready: Callable[[], None]) -> bool:
    """Whether it ended because the code has changed."""
    stop, daemon = asyncio.Event(), Daemon(settings)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    changing = asyncio.create_task(_leave_on_change(daemon, stop)) if settings.mode == "dev" else None
    await serve(daemon, settings, ready, stop)
    if changing is None:
        return False
    changing.cancel()
    await asyncio.gather(changing, return_exceptions=True)
    return not changing.cancelled()


async def _leave_on_change(daemon: Daemon, stop: asyncio.Event) -> None:
    await sound_change()
    daemon.leave_children()
    stop.set()
