"""The side-car as a service of the daemon: listened for at once, started when the first one calls."""

import asyncio
import hashlib
import json
import os
import signal
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

import nacre
from nacre.core.errors import Conflict
from nacre.core.secrets import SecretBox
from nacre.engines.processes.child import Child, Command
from nacre.engines.processes.identity import Identity
from nacre.engines.processes.supervisor import Status, Supervisor
from nacre.engines.processes.users import Account
from nacre.llm.configuration import Configuration
from nacre.llm.elsewhere.certificate import Certificate

_MARK = "NACRE_LLM"
_PURPOSE = "nacre llm"
_WAITING = 1024
"""How many callers may wait for the side-car to come up; the kernel caps it at net.core.somaxconn."""


@dataclass(frozen=True)
class Plan:
    """What the daemon knows. `folder` holds the socket, and is the account's alone; `record` remembers the process.

    `listen`, if any, is HOST:PORT for databases elsewhere, which come by TLS with `certificate`.
    """

    configuration: Configuration
    folder: Path
    log_path: Path
    record: Path
    account: Account | None
    listen: str = ""
    certificate: Certificate | None = None

    @property
    def socket_path(self) -> Path:
        """Named as a Postgres on port 5432 names its own, which is where libpq looks in a folder."""
        return self.folder / ".s.PGSQL.5432"


class SideCar:
    """The Service. It hands the listening socket down, so a side-car that ends loses nobody who is about to call."""

    name = "models"

    def __init__(self, plan: Plan, box: SecretBox) -> None:
        self._plan = plan
        self._keys = box.derived(_PURPOSE)
        self._listening: list[socket.socket] = []
        self._child = Child(self._command(()))

    @property
    def log_path(self) -> Path:
        return self._plan.log_path

    def listen(self) -> list[socket.socket]:
        """The sockets, listening from now on: that of this machine, and perhaps one for elsewhere.

        Raises Conflict "llm-listen" where somebody else listens there.
        """
        if not self._listening:
            self._listening.append(_listening(self._plan))
            if self._plan.listen:
                self._listening.append(_listening_far(self._plan.listen))
        return self._listening

    def deafen(self) -> None:
        """Listen no more."""
        if self._listening:
            self._plan.socket_path.unlink(missing_ok=True)
        while self._listening:
            self._listening.pop().close()

    async def start(self) -> Identity:
        await self._child.stop()  # of another configuration, or of a version before
        self._child = Child(self._command(tuple(each.fileno() for each in self.listen())))
        return await self._child.start()

    async def adopt(self) -> Identity | None:
        return await self._child.adopt()

    async def stop(self) -> None:
        await self._child.stop()

    def how_it_ended(self) -> str:
        return self._child.how_it_ended()

    @property
    def _digest(self) -> str:
        plan = self._plan
        said = f"{_code_age()} {plan.listen} {plan.certificate} {plan.configuration.model_dump_json()}"
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    def _command(self, descriptors: tuple[int, ...]) -> Command:
        plan = self._plan
        told = {
            "keys": self._keys,
            "configuration": plan.configuration.model_dump(mode="json"),
            "certificate": plan.certificate and {"chain": plan.certificate.chain, "key": plan.certificate.key},
        }
        return Command(
            name=self.name,
            argv=tuple(_argv(plan.account, descriptors)),
            log_path=plan.log_path,
            record=plan.record,
            env={
                "PATH": os.environ.get("PATH", os.defpath),
                "HOME": str(plan.configuration.folder),
                "OPENBLAS_NUM_THREADS": "1",  # see engines/models/minilm.py
                **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            },
            version=(_MARK, self._digest),
            cwd=plan.configuration.folder,
            stop_signal=signal.SIGTERM,
            told=json.dumps(told).encode(),
            descriptors=descriptors,
        )


class Door:
    """Keeps the side-car from the first caller on; a home in which nobody calls pays for none."""

    def __init__(self, sidecar: SideCar, supervisor: Supervisor, loop: asyncio.AbstractEventLoop) -> None:
        self._sidecar = sidecar
        self._supervisor = supervisor
        self._loop = loop
        self._kept = False

    def open(self) -> None:
        """From a worker thread: take over a side-car that runs, else listen for who calls first."""
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()

    def close(self) -> None:
        """From a worker thread. The process itself is the supervisor's to stop, or to leave to the next daemon."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()

    def status(self) -> Status | None:
        """From a worker thread: how the side-car is kept, or None while nobody has called."""

        async def status() -> Status | None:
            return self._supervisor.status(self._sidecar.name) if self._kept else None

        return asyncio.run_coroutine_threadsafe(status(), self._loop).result()

    async def _open(self) -> None:
        if await self._sidecar.adopt() is not None:
            self._keep()
            return
        for each in self._sidecar.listen():
            self._loop.add_reader(each.fileno(), self._called)

    def _called(self) -> None:
        for each in self._sidecar.listen():
            self._loop.remove_reader(each.fileno())
        self._keep()

    def _keep(self) -> None:
        self._kept = True
        self._supervisor.keep(self._sidecar)

    async def _close(self) -> None:
        if not self._kept:
            for each in self._sidecar.listen():
                self._loop.remove_reader(each.fileno())
            self._sidecar.deafen()


_PASSED_ON = ("PYTHONPATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY")


def _argv(account: Account | None, descriptors: tuple[int, ...]) -> list[str]:
    """It is started as the daemon's user, and becomes the account once it found its modules."""
    becomes = [f"--account={account.uid}:{account.gid}"] if account else []
    return [sys.executable, "-P", "-m", "nacre.llm.sidecar", *becomes, *map(str, descriptors)]


def _code_age() -> int:
    """When the newest of what the side-car runs was changed: one of before an upgrade is not taken over."""
    package = Path(nacre.__file__).parent
    folders = (package / "llm", package / "engines" / "models", package / "engines" / "pgwire", package / "core")
    return max(path.stat().st_mtime_ns for folder in folders for path in folder.rglob("*.py"))


def prepare(plan: Plan) -> None:
    """Make the folders that only the side-car, the clusters and the daemon enter: all but the last run as `account`."""
    for folder in (plan.folder, plan.configuration.folder):
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
        if plan.account is not None:
            os.chown(folder, plan.account.uid, plan.account.gid)


def _listening_far(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    try:
        listening = socket.create_server(
            (host.strip("[]"), int(port)), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=_WAITING
        )
    except (OSError, OverflowError) as error:
        raise Conflict(
            "llm-listen",
            f"{address} cannot be listened on for databases elsewhere: {error}.",
            hint="Choose another address: llm_listen in nacre.toml.",
        ) from error
    listening.setblocking(False)
    return listening


def _listening(plan: Plan) -> socket.socket:
    """The socket of this machine; nobody but the account enters its folder."""
    path = plan.socket_path
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listening.bind(str(path))
        if plan.account is not None:
            os.chown(path, plan.account.uid, plan.account.gid)
        path.chmod(0o600)
        listening.listen(_WAITING)
    except OSError:
        listening.close()
        raise
    listening.setblocking(False)
    return listening
