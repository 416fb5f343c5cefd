"""Runs one command in a release's image to its end, and finds it again by its key after the daemon's death."""

import asyncio
import contextlib
import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path

from nacre.core.errors import Failed, InvalidInput, NacreError
from nacre.engines.sandbox.driver import Driver
from nacre.engines.sandbox.inside import Inside, Process
from nacre.engines.sandbox.layout import Layout
from nacre.runtime.deployed import Deployed
from nacre.runtime.lodging import DATABASE, Lodging

KEY = "once"
_LOG_BYTES = 64 << 10
_LOOK_EVERY_S = 0.05


@dataclass(frozen=True)
class Ran:
    """How a command ended: `log` is the end of what it said, on both streams."""

    exit_code: int
    log: str
    seconds: float


class Once:
    def __init__(self, lodging: Lodging, driver: Driver) -> None:
        self._lodging = lodging
        self._driver = driver

    async def run(self, deployed: Deployed, key: str, argv: list[str], timeout_s: float) -> Ran:
        """Raises Failed "run-lost", "run-too-long", "run-not-started"."""
        name = _name(key)
        folder = self._lodging.folder(deployed.app, name)
        known = await asyncio.to_thread(_read, folder)
        if known is not None:
            return known
        service = self._driver.service(self._lodging.spec(deployed, name))
        warden = await service.adopt()
        inside = Inside(folder)
        if warden is None:
            if (folder / "begun").exists():
                raise Failed(
                    "run-lost",
                    f"`{' '.join(argv)}` of {deployed.name} was running when the machine or its sandbox went down: "
                    "nobody knows how far it came.",
                    hint="Look at what it did, and publish again.",
                )
            service = self._driver.service(await asyncio.to_thread(self._lodging.make, deployed, name))
            await service.start()
        try:
            await self._begin(inside, deployed, folder, argv)
            ran = await self._wait(inside, deployed, argv, timeout_s)
            await asyncio.to_thread(_write, folder, ran)
        except asyncio.CancelledError:
            raise  # whoever asks next finds it running
        except BaseException:
            await service.stop()
            raise
        await service.stop()
        return ran

    async def forget(self, deployed: Deployed, key: str) -> None:
        name = _name(key)
        await self._driver.service(self._lodging.spec(deployed, name)).stop()
        await asyncio.to_thread(self._lodging.remove, deployed.app, name)

    async def _begin(self, inside: Inside, deployed: Deployed, folder: Path, argv: list[str]) -> None:
        if await _process(inside) is not None:
            return
        if deployed.database is not None and deployed.database_port is not None:
            await inside.lead(deployed.database_port, f"{DATABASE}/.s.PGSQL.{deployed.database_port}")
        (folder / "begun").touch()
        try:
            await inside.start(argv, key=KEY)
        except InvalidInput as error:
            (folder / "begun").unlink()
            words = f"`{' '.join(argv)}` of {deployed.name} could not be started: {error.message}"
            raise Failed("run-not-started", words) from error

    async def _wait(self, inside: Inside, deployed: Deployed, argv: list[str], timeout_s: float) -> Ran:
        began = time.time()
        while True:
            process = await _process(inside)
            if process is None:
                raise Failed("run-lost", f"`{' '.join(argv)}` of {deployed.name} vanished with its sandbox.")
            seconds = max(0.0, time.time() - process.started_at.timestamp())
            if process.exit_code is not None:
                return Ran(process.exit_code, await _said(inside), seconds)
            if time.time() - began > timeout_s:
                raise Failed(
                    "run-too-long",
                    f"`{' '.join(argv)}` of {deployed.name} was ended: it had not ended after {timeout_s:g} s. "
                    f"It had said:\n{await _said(inside)}",
                )
            await asyncio.sleep(_LOOK_EVERY_S)


async def _process(inside: Inside) -> Process | None:
    with contextlib.suppress(NacreError):
        return next((one for one in await inside.processes() if one.key == KEY), None)
    return None


def _name(key: str) -> str:
    """Short, since sockets have no long paths; no instance is called so."""
    return f"x{hashlib.sha256(key.encode()).hexdigest()[:12]}"


async def _said(inside: Inside) -> str:
    """The end of what it has said so far, as its sandbox remembers it."""
    attachment = await inside.attach(KEY)
    said, end = bytearray(), attachment.process.end_offset
    try:
        if end:
            async for output in attachment:
                said += output.data
                if output.offset >= end:
                    break
    finally:
        await attachment.close()
    return bytes(said[-_LOG_BYTES:]).decode(errors="replace")


def _read(folder: Path) -> Ran | None:
    try:
        return Ran(**json.loads((folder / "result.json").read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _write(folder: Path, ran: Ran) -> None:
    fresh = Layout(folder).record.with_name("result.new")
    fresh.write_text(json.dumps({"exit_code": ran.exit_code, "log": ran.log, "seconds": ran.seconds}))
    fresh.replace(folder / "result.json")
