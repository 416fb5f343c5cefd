"""One instance of a release: a sandbox with the app's process in it, as a service of the supervisor."""

import asyncio
import signal
from pathlib import Path

from nacre.core.errors import Failed, InvalidInput, NacreError, Unavailable
from nacre.engines.processes.identity import Identity, wait_ended
from nacre.engines.sandbox.driver import Driver, Sandbox
from nacre.engines.sandbox.inside import Inside, Process
from nacre.engines.sandbox.tending import member
from nacre.engines.sandbox.traffic import has_connections
from nacre.runtime.deployed import Deployed
from nacre.runtime.lodging import DATABASE, Lodging
from nacre.runtime.logs import Log

KEY = "app"
_END_S = 10.0


class Instance:
    """`number` is unique among all instances ever; `started` is set while its process runs."""

    def __init__(self, number: int, deployed: Deployed, lodging: Lodging, driver: Driver, log: Log) -> None:
        self.number = number
        self.deployed = deployed
        self.log = log
        self.identity: Identity | None = None
        self._lodging = lodging
        self._driver = driver
        self._folder = lodging.folder(deployed.app, str(number))
        self._service: Sandbox = driver.service(lodging.spec(deployed, str(number)))

    @property
    def name(self) -> str:
        return f"app {self.deployed.name} ({self.number})"

    @property
    def log_path(self) -> Path | None:
        return self.inside.log_path(KEY)

    @property
    def inside(self) -> Inside:
        return Inside(self._folder)

    @property
    def socket(self) -> Path:
        """What reaches the app's port, whenever it runs."""
        return self._lodging.socket(self.deployed, self.number)

    async def start(self) -> Identity:
        """Start it anew; whether it serves is another question. Raises Failed "release-not-started" and others."""
        await asyncio.to_thread(self.log.keep, self._folder)
        spec = await asyncio.to_thread(self._lodging.make, self.deployed, str(self.number))
        self._service = self._driver.service(spec)
        warden = await self._service.start()
        try:
            await self._connect()
            process = await self._start_app()
            self.identity = await asyncio.to_thread(member, warden, process.pid)
        except BaseException:
            await self._service.stop()
            raise
        if self.identity is None:
            words = await self.how_it_went()
            await self._service.stop()
            raise self.failed("release-crashed", f"{self.deployed.name} {words} It had not served yet.")
        return self.identity

    async def adopt(self) -> Identity | None:
        """Its process from before the daemon's restart, if it still runs in its sandbox."""
        warden = await self._service.adopt()
        process = await self.process() if warden is not None else None
        if warden is None or process is None or process.exit_code is not None:
            return None
        self.identity = await asyncio.to_thread(member, warden, process.pid)
        return self.identity

    async def stop(self) -> None:
        """Ask the app to end, wait for a while, and end all that is in the sandbox."""
        identity, self.identity = self.identity, None
        if identity is not None:
            try:
                await self.inside.signal(KEY, signal.SIGTERM)
                await self.inside.signal(KEY, signal.SIGCONT)
                await asyncio.to_thread(wait_ended, identity, _END_S)
            except NacreError:
                pass  # the sandbox has ended already
        await self._service.stop()
        await asyncio.to_thread(self.log.keep, self._folder)

    def how_it_ended(self) -> str:
        limit = self.limit()
        if limit:
            return f"it ended: {limit}"
        words = " ".join(self.log.last_lines(self._folder, 3))
        return f"it ended; its last words: {words}" if words else "it ended without a word"

    def limit(self) -> str:
        """Which limit it ran into, in words; empty when none."""
        if self._service.killed_for_memory():
            return f"it took more than {self.deployed.run.memory_mb} MB of memory"
        return self._service.trouble

    async def process(self) -> Process | None:
        """The app's process as its sandbox tells of it, ended or not."""
        try:
            return next((one for one in await self.inside.processes() if one.key == KEY), None)
        except (Unavailable, Failed):
            return None

    async def how_it_went(self) -> str:
        """In words, for a sentence that begins with its name."""
        limit = await asyncio.to_thread(self.limit)
        if limit:
            return f"ended: {limit}."
        process = await self.process()
        code = process.exit_code if process else None
        if code is None:
            return "ended."
        return f"ended with exit code {code}." if code >= 0 else f"was ended by signal {-code}."

    def failed(self, code: str, words: str, hint: str = "") -> Failed:
        """An error that ends with what its log ends with."""
        lines = self.log.last_lines(self._folder, 20)
        said = "\n".join(["", "Its log ends with:", *lines]) if lines else " It wrote nothing to its log."
        return Failed(code, f"{words}{said}", hint=hint)

    async def connected(self) -> bool:
        """Whether anybody is connected to it now."""
        return await asyncio.to_thread(has_connections, self._folder)

    async def _connect(self) -> None:
        deployed = self.deployed
        if deployed.database is not None and deployed.database_port is not None:
            await self.inside.lead(deployed.database_port, f"{DATABASE}/.s.PGSQL.{deployed.database_port}")
        await self.inside.expose(deployed.run.port)

    async def _start_app(self) -> Process:
        try:
            return await self.inside.start(self.deployed.run.start, key=KEY)
        except InvalidInput as error:
            raise Failed(
                "release-not-started",
                f"{self.deployed.name} could not be started: {error.message}",
                hint="Its start command is in nacre.toml: [publish] start.",
            ) from error
