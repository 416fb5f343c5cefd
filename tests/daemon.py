"""A house under test: a real daemon process on a short home of its own, on a file system that the test chooses."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Literal

import psycopg
import pytest
from tests.nursery import Born, Nursery
from tests.seed import sow

from nacre.core.settings import load
from nacre.engines.storage.loopfile import make_store
from nacre.surfaces.client import over_socket
from nacre.surfaces.registry import all_operations
from nacre.surfaces.verbs import describe

StorageKind = Literal["btrfs", "reflink", "copy"]
_FORMATS: dict[str, Literal["btrfs", "xfs"]] = {"btrfs": "btrfs", "reflink": "xfs"}
_PORTS_EACH = 40
_READY_WITHIN_S = 60.0


class House:
    """One home and the daemon process that runs on it; `more` is added to the daemon's environment."""

    def __init__(self, home: Path, storage: StorageKind, **more: str) -> None:
        first = _free_ports()
        self.home = home
        self.storage = storage
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("NACRE_")},
            "NACRE_HOME": str(home),
            "NACRE_PORT": str(first),
            "NACRE_CONTENT_PORT": str(first + 1),
            "NACRE_PG_PORT": str(first + 2),
            "NACRE_MODE": "slim",
            "NACRE_CONSOLE": "false",
            "NACRE_STORAGE": storage,
            **more,
        }
        self.settings, _ = load(self.environment, {})
        self._process: subprocess.Popen[str] | Born | None = None
        self.verbs = {name: describe(operation) for name, operation in all_operations().operations.items()}

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def up(self, **more: str) -> None:
        """Start the daemon and wait until it serves; what it says goes to log/daemon.log."""
        self.settings.logs.mkdir(parents=True, exist_ok=True)
        if not (self.home / "data.db").exists():
            sow(self.home)
        with (self.settings.logs / "daemon.log").open("ab") as log:
            self._process = self._start(self.environment | more, log)
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        assert '"pid"' in said, f"the daemon did not start: {said}{self._process.stdout.read()}\n{self.log()[-3000:]}"

    def _start(self, environment: dict[str, str], log: IO[bytes]) -> "subprocess.Popen[str] | Born":
        arguments = ["up", "--json"]
        of_other_code = environment.get("PYTHONPATH") != os.environ.get("PYTHONPATH")
        if not of_other_code and environment["NACRE_MODE"] != "dev":  # which starts itself over, by its command line
            return Nursery.here().bear(arguments, environment, log)
        return subprocess.Popen(
            [sys.executable, "-m", "nacre", *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True,
            env=environment, start_new_session=True,
        )  # fmt: skip

    def down(self) -> None:
        """Ask it to end in good order, and wait."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9 of the daemon alone; the databases go on."""
        self._end(signal.SIGKILL)

    def restart(self, **more: str) -> None:
        """kill -9 and start again."""
        self.kill()
        self.up(**more)

    def gone(self, within_s: float = 30.0) -> int:
        """Wait for a daemon that ends by itself; its return code."""
        assert self._process is not None
        code = self._process.wait(within_s)
        self._end(signal.SIGKILL)
        return code

    def call(self, operation: str, **arguments: Any) -> Any:
        """The answer of an operation, called by the owner over the socket. Raises NacreError."""
        return over_socket(self.settings.socket).call(self.verbs[operation], arguments)

    def run(self, *arguments: str, typed: str | None = None, **more: str) -> "subprocess.CompletedProcess[str]":
        """The command line, as a person's process; `more` is added to its environment."""
        return subprocess.run(
            [sys.executable, "-m", "nacre", *arguments],
            capture_output=True, text=True, env=self.environment | more, input=typed, timeout=120, check=False,
        )  # fmt: skip

    def url(self, ref: str, database: str | None = None) -> str:
        url = str(self.call("project.show", ref=ref)["database_url"])
        return url if database is None else f"{url.rpartition('/')[0]}/{database}"

    def connect(self, ref: str, database: str | None = None) -> "psycopg.Connection[Any]":
        """A connection to a branch as a person makes it, in autocommit."""
        return psycopg.connect(self.url(ref, database), autocommit=True)

    def files(self, ref: str) -> Path:
        return Path(self.call("project.show", ref=ref)["files_path"])

    def log(self) -> str:
        return (self.settings.logs / "daemon.log").read_text(errors="replace")

    def processes(self) -> dict[int, str]:
        """The processes that work inside the home (every Postgres process does), by pid with their command."""
        found = {}
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and (entry / "cwd").readlink().is_relative_to(self.home):
                    found[int(entry.name)] = (entry / "cmdline").read_text(errors="replace").replace("\0", " ")
            except OSError:
                continue  # it ended meanwhile
        return found

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(_READY_WITHIN_S)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None


def can_mount(storage: StorageKind) -> bool:
    return storage in _FORMATS and os.geteuid() == 0 and shutil.which(f"mkfs.{_FORMATS[storage]}") is not None


@contextmanager
def house_on(storage: StorageKind, size_bytes: int = 4 << 30, **more: str) -> Iterator[House]:
    """A running house whose projects lie on a file system of that kind (its image is sparse); nothing remains of it."""
    if storage in _FORMATS and not can_mount(storage):
        pytest.skip(f"needs root and mkfs.{_FORMATS[storage]}: mounts an image")
    base = Path(tempfile.mkdtemp(prefix="nacre-"))  # not pytest's: a socket's path may have no more than 107 bytes
    base.chmod(0o711)
    house = House(base / "h", storage, **more)
    try:
        if storage in _FORMATS:
            house.home.mkdir()
            make_store(base / "image", house.settings.projects, size_bytes, _FORMATS[storage])
        house.up()
        yield house
    finally:
        house.down()
        clear(house, base)


def clear(house: House, base: Path) -> None:
    """Leave nothing of a house whose daemon has ended, nor of the folder that it lay in."""
    deadline = time.monotonic() + 10
    while left := house.processes():
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        assert time.monotonic() < deadline, f"these processes do not go: {left}"
        time.sleep(0.02)
    if house.settings.projects.is_mount():
        # Lazily: the mount must not outlive the test, whoever still looks into it.
        subprocess.run(["umount", "--lazy", house.settings.projects], check=True)
    shutil.rmtree(base)


def _free_ports() -> int:
    """The first of a run of ports that nobody listens on, below those the kernel gives to clients."""
    while True:
        first = random.randrange(11_000, 32_000, _PORTS_EACH)  # no browser goes to 10080, which was amanda's
        if all(_can_bind(port) for port in range(first, first + _PORTS_EACH)):
            return first


def _can_bind(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
