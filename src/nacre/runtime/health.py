"""Whether an instance serves: its port is open, and it answers over HTTP below 500."""

import asyncio
import contextlib
import re
import time
from dataclasses import dataclass

from nacre.core.errors import Failed, NacreError
from nacre.runtime.instance import Instance

HEALTHY_WITHIN_S = 30.0
"""How long a release is given to serve."""

_LOOK_EVERY_S = 0.02
_ATTEMPT_S = 10.0
_TOO_BAD = 500
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})[ \r\n]")


async def wait_healthy(instance: Instance, within_s: float) -> None:
    """Return once it serves. Raises Failed with why it does not and the last lines of its log: "release-crashed",
    "port-not-opened", "release-silent" (it takes connections and answers nothing), "release-unhealthy"."""
    deadline = time.monotonic() + within_s
    while not await _is_open(instance):
        await _require_running(instance)
        if time.monotonic() > deadline:
            raise await _never_open(instance, within_s)
        await asyncio.sleep(_LOOK_EVERY_S)
    answered: Answered | None = None
    while (left := deadline - time.monotonic()) > 0:
        answered = await ask(instance, min(_ATTEMPT_S, left)) or answered
        if answered is not None and answered.status < _TOO_BAD:
            return
        await _require_running(instance)
        await asyncio.sleep(min(_LOOK_EVERY_S * 5, left))
    path, name = instance.deployed.run.health or "/", instance.deployed.name
    if answered is None:
        raise instance.failed("release-silent", f"{name} did not answer GET {path} within {within_s:g} s.")
    words = f"{name} answered GET {path} with {answered.status} for {within_s:g} s."
    raise instance.failed("release-unhealthy", words)


@dataclass(frozen=True)
class Answered:
    status: int


async def ask(instance: Instance, within_s: float) -> Answered | None:
    """What it answers now; None when it answers nothing."""
    path = instance.deployed.run.health or "/"
    head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: nacre-health\r\nConnection: close\r\n\r\n"
    try:
        async with asyncio.timeout(within_s):
            reader, writer = await asyncio.open_unix_connection(str(instance.socket))
            try:
                writer.write(head.encode())
                line = await reader.readline()
            finally:
                writer.close()
    except (OSError, ValueError, TimeoutError):
        return None
    found = _STATUS_LINE.match(line)
    return Answered(int(found[1])) if found else None


async def _is_open(instance: Instance) -> bool:
    with contextlib.suppress(NacreError):
        return instance.deployed.run.port in await instance.inside.ports()
    return False


async def _require_running(instance: Instance) -> None:
    process = await instance.process()
    if process is None or process.exit_code is not None:
        words = await instance.how_it_went()
        raise instance.failed("release-crashed", f"{instance.deployed.name} {words} It had not served yet.")


async def _never_open(instance: Instance, within_s: float) -> Failed:
    port, elsewhere = instance.deployed.run.port, []
    with contextlib.suppress(NacreError):
        elsewhere = await instance.inside.ports()
    heard = f" It listens on {', '.join(map(str, elsewhere))} instead." if elsewhere else ""
    return instance.failed(
        "port-not-opened",
        f"{instance.deployed.name} did not listen on port {port} within {within_s:g} s.{heard}",
        hint="It is told the port in the variable PORT, and may listen on any address.",
    )
