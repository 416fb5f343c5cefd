"""The daemon's process: puts daemon and servers together and runs them until a signal ends them."""

import asyncio
import signal
from collections.abc import Callable

import uvloop

from nacre.core.settings import Settings
from nacre.daemon import Daemon
from nacre.surfaces.http.log import log_to_stderr
from nacre.surfaces.http.serve import serve
from nacre.surfaces.registry import all_operations


def run(settings: Settings, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; `ready` is called once the daemon answers.

    Raises NacreError if it cannot start.
    """
    log_to_stderr()
    all_operations()
    uvloop.run(_until_signalled(settings, ready))


async def _until_signalled(settings: Settings, ready: Callable[[], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await serve(Daemon(settings), settings, ready, stop)
