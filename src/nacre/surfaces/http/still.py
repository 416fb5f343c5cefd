"""Is the caller still let in? What goes on for long, streams and sockets, asks again: people sign out, are disabled,
lose a membership."""

import asyncio
from collections.abc import Callable

from anyio.to_thread import run_sync
from starlette.types import Scope

from nacre.core.principals import Principal

_ASKED_EVERY_S = 5.0


async def still(scope: Scope) -> Principal | None:
    """Who the caller is by now, with the rights of now; None when they are let in no more."""
    ask: Callable[[], Principal | None] = scope["still"]
    return await run_sync(ask)


async def until_out(scope: Scope, may: Callable[[Principal], bool]) -> None:
    """Return within seconds of the caller being let in no more, or of `may` being false of them."""
    while True:
        await asyncio.sleep(_ASKED_EVERY_S)
        who = await still(scope)
        if who is None or not may(who):
            return
