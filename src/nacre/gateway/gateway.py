"""The gateway of one home: lays out its folder, keeps Caddy running, and tells how it is."""

import asyncio
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from nacre.core.errors import NacreError, NotFound
from nacre.core.settings import Settings
from nacre.engines.caddy import program
from nacre.engines.caddy.service import Caddy, Plan, claim, connectable, still_runs
from nacre.engines.processes.supervisor import Status, Supervisor
from nacre.engines.processes.users import Account
from nacre.gateway.configuration.configuration import configuration
from nacre.gateway.console import publish
from nacre.gateway.site import Site, passing_names

_log = structlog.get_logger()
_RECORD = "gateway.json"


@dataclass(frozen=True)
class Ground:
    """What it stands on; `loop` is where the supervisor lives, `console` the built console, which may be missing."""

    supervisor: Supervisor
    loop: asyncio.AbstractEventLoop
    account: Account | None
    console: Path
    engines: Path
    logs: Path


class Gateway:
    """`uploads` are the paths of the API that take a large body, `streams` those that take one of any length."""

    def __init__(self, site: Site, ground: Ground, uploads: Sequence[str], streams: Sequence[str] = ()) -> None:
        self.site = site
        self._ground = ground
        self._uploads = uploads
        self._streams = streams
        self._trouble = ""

    @staticmethod
    def claim_ports(settings: Settings) -> None:
        """Raises Conflict "port-in-use" or "port-not-allowed" unless the ports are free, or our own Caddy has them."""
        site = Site.of(settings)
        if not still_runs(site.run / _RECORD):
            for port in site.ports:
                claim(site.host, port)

    def start(self) -> None:
        """Bring Caddy up, or find the one that still serves. When it does not come up it is tried again and again."""
        self._lay_out()
        publish(self._ground.console, self.site.state / "console", self._ground.account)
        try:
            caddy = Caddy(self._plan())
        except NacreError as error:
            self._trouble = f"{error.message} {error.hint}"
            raise
        asyncio.run_coroutine_threadsafe(self._start(caddy), self._ground.loop).result()
        self._show_root()

    @property
    def trouble(self) -> str:
        """Why Caddy could not even be tried, or how it ended when it did; empty when all is well."""
        kept = self.status()
        return kept.last_ending if kept and kept.failures else self._trouble

    def status(self) -> Status | None:
        """How Caddy is; None before it was started."""
        try:
            return self._ground.supervisor.status(Caddy.name)
        except NotFound:
            return None

    async def _start(self, caddy: Caddy) -> None:
        try:
            await self._ground.supervisor.start(caddy)
        except NacreError as error:
            _log.error("the gateway did not start", error=error.message, hint=error.hint)
            self._ground.supervisor.keep(caddy)

    def _plan(self) -> Plan:
        found = program.find()
        return Plan(
            program=program.placed(found, self._ground.engines / "caddy") if self._ground.account else found,
            configuration=configuration(self.site, self._uploads, self._streams),
            folder=self.site.state,
            host=self.site.host,
            ports=self.site.ports,
            log_path=self._ground.logs / "gateway.log",
            record=self.site.run / _RECORD,
            account=self._ground.account,
            certified=() if self.site.domain else ("localhost", connectable(self.site.host)),
            # It asks itself, by TLS, whether a name may have a certificate.
            trusted=None if self.site.is_public else self._made_root,
            # Open for as long as the daemon lives: Caddy may have to be started again.
            works_in=Path(f"/proc/self/fd/{self.site.switchboard.standing()}"),
            passing=passing_names(self.site),
        )

    def _lay_out(self) -> None:
        """Caddy's folder is its account's, and nobody else's: the key of the authority lies in there."""
        account = self._ground.account
        for folder, mode in ((self.site.state, 0o700), (self.site.run / "apps", 0o711)):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(mode)
        self.site.switchboard.lay_out()
        if account:
            os.chown(self.site.state, account.uid, account.gid)

    def _show_root(self) -> None:
        """Put the root certificate where people find it, once there is one. It is public; its key is not."""
        if self._made_root.exists():
            shutil.copyfile(self._made_root, self.site.root_certificate)
            self.site.root_certificate.chmod(0o644)

    @property
    def _made_root(self) -> Path:
        return self.site.state / "pki" / "authorities" / "local" / "root.crt"
