"""Runs a server in a workspace: starts it under a name of its own, waits until it listens, stops it."""

import asyncio
import signal
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from nacre.core.errors import Failed
from nacre.engines.processes.command import ending
from nacre.engines.sandbox.inside import Inside, Process

_LOOK_EVERY_S = 0.05
_OTHER_PORT_AFTER_S = 3.0
_STOPS_WITHIN_S = 3.0
_CONNECTED = "03"
_DEBUGGERS = frozenset((5678, 9229, 9230))


class Ended(Failed):
    """A server ended by itself."""


async def free_port(inside: Inside, wanted: int, choice: Collection[int]) -> int:
    """`wanted` if nothing inside listens there, else the first of `choice` where nothing does."""
    taken = set(await inside.ports())
    return next((port for port in (wanted, *choice) if port not in taken), wanted)


async def serve(
    inside: Inside, key: str, argv: Sequence[str], env: Mapping[str, str], port: int, within_s: float
) -> int:
    """Start it in place of what ran under `key`; returns the port that it listens on, once it does.

    That is `port`; one that cares for no advice is followed to the port that it opened instead.
    Raises Ended "server-ended", Failed "server-not-listening".
    """
    await halt(inside, key)
    before = {*await inside.ports(), *_DEBUGGERS}
    await inside.start(argv, key=key, env=env)
    began = time.monotonic()
    while (waited_s := time.monotonic() - began) < within_s:
        ports = set(await inside.ports())
        if port in ports:
            return port
        if ports - before and waited_s > _OTHER_PORT_AFTER_S:
            return min(ports - before)
        found = await process(inside, key)
        if found is None or found.exit_code is not None:
            raise ended(key, found)
        await asyncio.sleep(_LOOK_EVERY_S)
    raise Failed(
        "server-not-listening",
        f"“{key}” runs, but listens on no port after {within_s:g} s.",
        hint=f"It must listen on 127.0.0.1 and port {port}, which is in $PORT; its log shows what it says.",
    )


async def halt(inside: Inside, key: str) -> None:
    """Stop it if it runs: ask first, kill after a grace."""
    for signum in (signal.SIGTERM, signal.SIGKILL):
        found = await process(inside, key)
        if found is None or found.exit_code is not None:
            return
        await inside.signal(key, signum)
        await _ended(inside, found)


async def process(inside: Inside, key: str) -> Process | None:
    """The server, running or ended; None when there never was one."""
    return next((one for one in await inside.processes() if one.key == key), None)


def is_connected(socket: Path) -> bool:
    """Whether anybody outside holds a connection through a socket that `Inside.expose` made."""
    # It was bound under another name beside its own, which is the one the kernel tells.
    bound = f"{socket.with_suffix('.new')}"
    lines = Path("/proc/net/unix").read_text().splitlines()
    return any(fields[5] == _CONNECTED and fields[-1] == bound for fields in map(str.split, lines[1:]))


def ended(key: str, found: Process | None) -> Ended:
    """What a server that ended by itself is told as."""
    how = "its workspace" if found is None or found.exit_code is None else ending(found.exit_code)
    return Ended("server-ended", f"“{key}” ended by itself, with {how}.", hint="Its log shows its last words.")


async def _ended(inside: Inside, found: Process) -> None:
    attachment = await inside.attach(found.key, found.end_offset)
    try:
        async with asyncio.timeout(_STOPS_WITHIN_S):
            async for _ in attachment:
                pass
    except TimeoutError:
        pass
    finally:
        await attachment.close()
