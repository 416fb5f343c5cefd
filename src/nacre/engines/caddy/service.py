"""Caddy as a service: started with one configuration, found again by it, serving once its ports answer."""

import asyncio
import hashlib
import json
import os
import signal
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nacre.core.errors import Conflict, Failed
from nacre.engines.caddy import program
from nacre.engines.processes import record
from nacre.engines.processes.child import Child, Command
from nacre.engines.processes.identity import Identity, is_running, works_in
from nacre.engines.processes.logs import last_lines
from nacre.engines.processes.users import Account

_READY_WITHIN_S = 15.0
_LOWEST_FREE_PORT = 1024
_MARK = "NACRE_CADDY"
# Go collects when the heap has doubled: with a heap as small as Caddy's that is dozens of times a second under load, a
# tenth of its time. It may grow to five times what is in use, as long as that is little.
_GARBAGE = {"GOGC": "400", "GOMEMLIMIT": "512MiB"}


@dataclass(frozen=True)
class Plan:
    """What Caddy shall serve. `folder` is its own: certificates and configuration; `ports` are those it listens on.

    `certified` are names and addresses for which it makes certificates by itself, and which must have one before it
    serves; none where an authority elsewhere makes them. `trusted` is the certificate of an authority that it trusts,
    in place of the machine's, which need not be there yet. `works_in` is the folder that its configuration means by
    `{system.wd}`: any path to it, for it may be called otherwise at any time. `passing` are words of the configuration
    that come and go, as a machine's addresses do with its networks: one that serves with others is no reason to
    interrupt it.
    """

    program: Path
    configuration: dict[str, Any]
    folder: Path
    host: str
    ports: tuple[int, ...]
    log_path: Path
    record: Path
    account: Account | None
    certified: tuple[str, ...] = ()
    trusted: Path | None = None
    works_in: Path | None = None
    passing: frozenset[str] = frozenset()


class Caddy:
    """The Service of one plan. A Caddy that still serves another plan, or elsewhere, is not adopted but replaced."""

    name = "gateway"

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._text = json.dumps(plan.configuration, indent=1, sort_keys=True)
        lasting = json.dumps(_without(plan.configuration, plan.passing), sort_keys=True)
        self._digest = hashlib.sha256(lasting.encode()).hexdigest()
        self._child = Child(self._command())

    @property
    def log_path(self) -> Path:
        return self._plan.log_path

    async def start(self) -> Identity:
        """Start it and wait until every port answers.

        Raises Conflict "port-in-use" when somebody else listens there, Failed "gateway-not-started" when it ends.
        """
        await self._child.stop()  # one with an earlier configuration would hold the ports
        for port in self._plan.ports:
            claim(self._plan.host, port)
        await asyncio.to_thread(self._write)
        await asyncio.to_thread(self._unlock)
        identity = await self._child.start()
        try:
            async with asyncio.timeout(_READY_WITHIN_S):
                while not await self._serves():
                    if not is_running(identity):
                        raise self._failed()
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise self._failed() from None
        return identity

    async def adopt(self) -> Identity | None:
        found = await self._child.adopt()
        return found if found and works_in(self._works_in)(found.pid) else None

    async def stop(self) -> None:
        await self._child.stop()

    def how_it_ended(self) -> str:
        return self._child.how_it_ended()

    def _command(self) -> Command:
        plan = self._plan
        argv = program.run_argv(plan.program, self._configuration_path)
        low = any(port < _LOWEST_FREE_PORT for port in plan.ports)
        if plan.account and low:
            argv = program.with_low_ports(argv, plan.account.uid, plan.account.gid)
        return Command(
            name=self.name,
            argv=tuple(argv),
            log_path=plan.log_path,
            record=plan.record,
            # Its folder is all that it knows of the machine: no home, no settings of somebody else's Caddy.
            env={
                "PATH": os.environ.get("PATH", os.defpath),
                "HOME": str(plan.folder),
                "XDG_DATA_HOME": str(plan.folder),
                "XDG_CONFIG_HOME": str(plan.folder),
                **_GARBAGE,
                **({"SSL_CERT_FILE": str(plan.trusted)} if plan.trusted else {}),
            },
            version=(_MARK, self._digest),
            cwd=self._works_in,
            user=None if low else plan.account,
            stop_signal=signal.SIGTERM,
        )

    @property
    def _works_in(self) -> Path:
        return self._plan.works_in or self._plan.folder

    @property
    def _configuration_path(self) -> Path:
        return self._plan.folder / "caddy.json"

    def _write(self) -> None:
        path = self._configuration_path
        path.write_text(self._text)
        path.chmod(0o640)
        if self._plan.account:
            os.chown(path, 0, self._plan.account.gid)

    def _unlock(self) -> None:
        """One that was killed while it made certificates left locks behind, which the next would wait on for 10 s.

        The folder is this Caddy's alone and it does not run, so that nobody holds them.
        """
        for lock in (self._plan.folder / "locks").glob("*.lock"):
            lock.unlink(missing_ok=True)

    async def _serves(self) -> bool:
        """Whether each port answers, and with its certificates: those of its own Caddy makes only after it listens."""
        tls = ssl._create_unverified_context() if self._plan.certified else None  # noqa: S323  (asked whether, not who)
        for port in self._plan.ports:
            for name in self._plan.certified or (None,):
                try:
                    _, writer = await asyncio.open_connection(
                        connectable(self._plan.host), port, ssl=tls, server_hostname=name
                    )
                except OSError:
                    return False
                writer.close()
        return True

    def _failed(self) -> Failed:
        words = " ".join(last_lines(self._plan.log_path, 3))
        return Failed(
            "gateway-not-started",
            f"Caddy does not serve: {words or 'it said nothing'}",
            hint=f"{self._plan.log_path} has all that it said.",
        )


def _without(part: Any, words: frozenset[str]) -> Any:
    """The same without these words in any of its lists."""
    if isinstance(part, dict):
        return {name: _without(value, words) for name, value in part.items()}
    if isinstance(part, list):
        return [_without(each, words) for each in part if not (isinstance(each, str) and each in words)]
    return part


def still_runs(recorded: Path) -> bool:
    """Whether the Caddy that is written down there still runs."""
    known = record.read(recorded)
    return known is not None and is_running(known)


def claim(host: str, port: int) -> None:
    """Listen for a moment, so that a port in use is told as such and not as a line in Caddy's log.

    Raises Conflict "port-in-use" or "port-not-allowed".
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise Conflict(
                "port-not-allowed",
                f"The gateway may not listen on port {port}: ports below 1024 are root's.",
                hint="Run Nacre as root, choose a port from 1024 on, or lower net.ipv4.ip_unprivileged_port_start.",
            ) from None
        except OSError as error:
            raise Conflict(
                "port-in-use",
                f"{host}:{port} cannot be listened on: {error.strerror}.",
                hint="Stop what listens there, or choose other ports: NACRE_PORT and NACRE_CONTENT_PORT.",
            ) from None


def connectable(host: str) -> str:
    """Where a listener on this address can be reached from here."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104


def addresses(host: str, ports: Sequence[int]) -> list[str]:
    """The `listen` values for a server."""
    return [f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for port in ports]
