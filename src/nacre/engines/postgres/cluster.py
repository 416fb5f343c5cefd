"""One PostgreSQL cluster: a data directory that is made, started, stopped and found again after a crash."""

import os
import pwd
import secrets
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT, SIGQUIT, SIGTERM
from typing import Literal

from nacre.core.errors import Conflict, Failed, InvalidInput
from nacre.engines.postgres import commands, postmaster
from nacre.engines.postgres.execution import run, spawn
from nacre.engines.postgres.installation import Installation
from nacre.engines.postgres.postmaster import POLL_S, Postmaster
from nacre.engines.postgres.seat import Seat
from nacre.engines.processes.users import Account

StopMode = Literal["smart", "fast", "immediate"]
_SIGNALS = {"smart": SIGTERM, "fast": SIGINT, "immediate": SIGQUIT}


@dataclass(frozen=True)
class Cluster:
    """A data directory and what runs it. `owner` is None where the daemon itself is unprivileged.

    Nothing about the running server is kept in memory: every question is answered from the data directory and
    /proc, so a new daemon knows as much as the one that started the server.
    """

    installation: Installation
    data_dir: Path
    owner: Account | None = None

    def initialise(self, password: str) -> None:
        """Make the cluster in `data_dir` (made already, empty) with superuser `nacre`. Raises Failed."""
        self.own(self.data_dir)
        with tempfile.NamedTemporaryFile("w", prefix="nacre-") as secret:
            secret.write(password)
            secret.flush()
            self.own(Path(secret.name))
            self.run(commands.initdb(self.installation, self.data_dir, Path(secret.name)))
        with (self.data_dir / "postgresql.conf").open("a") as file:
            file.write("\n" + commands.MEMORY_AND_HABITS)
            if self.installation.major >= 18:
                file.write(commands.EXTRA_FROM_18)

    def start(
        self,
        seat: Seat,
        archive_dir: Path,
        log_path: Path,
        *,
        settings: Mapping[str, str] | None = None,
        timeout_s: float = 60,
    ) -> Postmaster:
        """Start the server and return once it takes connections.

        It runs in a session of its own with its output appended to `log_path`, so it outlives the daemon. The socket
        directory (0700), `archive_dir` and the log are made if missing. `settings` go last, so they win.
        Raises Conflict if it runs already, Failed with the log's last lines if it does not come up.
        """
        if self.running:
            raise Conflict("postgres-running", f"A server runs on {self.data_dir} already.")
        postmaster.clear_stale_pid_file(self.data_dir)
        postmaster.clear_stale_socket(seat.socket_path)
        self._prepare(seat, archive_dir)
        chosen = {**commands.serving_settings(seat, archive_dir), **(settings or {})}
        log_path.parent.mkdir(parents=True, exist_ok=True)
        log_from = log_path.stat().st_size if log_path.exists() else 0
        process = spawn(commands.postgres(self.installation, self.data_dir, chosen), self.owner, log_path)
        self._await_ready(process, log_path, log_from, timeout_s)
        found = postmaster.find(self.data_dir)
        if found is None:
            raise Failed("postgres-start", f"PostgreSQL ended at once.\n{_tail(log_path, log_from)}")
        return found

    def stop(self, mode: StopMode = "fast", timeout_s: float = 60) -> None:
        """Stop the server and wait for its end; does nothing if it does not run. Raises Failed after `timeout_s`.

        smart waits for clients, fast ends their sessions and writes a checkpoint, immediate is a crash on purpose:
        recovery runs at the next start (postgres(1)).
        """
        running = self.adopt()
        if running is None:
            return
        running.send(_SIGNALS[mode])
        if not running.wait(timeout_s):
            raise Failed("postgres-stop", f"PostgreSQL on {self.data_dir} did not stop within {timeout_s:g} s.")

    def adopt(self) -> Postmaster | None:
        """The server that runs on this data directory, whoever started it, or None."""
        return postmaster.find(self.data_dir)

    def adopt_to_keep(self, timeout_s: float = 60) -> Postmaster | None:
        """As `adopt`, but one that is being stopped is waited for: it is nobody's to keep."""
        running = self.adopt()
        if running is None or postmaster.status(self.data_dir) != "stopping":
            return running
        running.wait(timeout_s)
        return self.adopt()

    @property
    def running(self) -> bool:
        return self.adopt() is not None

    def pids(self) -> list[int]:
        """Processes of the running server, the postmaster first; empty if it does not run."""
        running = self.adopt()
        return running.pids() if running else []

    def run(self, argv: list[str], *, timeout_s: float = 120) -> str:
        """Run one of PostgreSQL's programs as the owner; returns its output. Raises Failed with its last words."""
        return run(argv, self.owner, timeout_s=timeout_s)

    def own(self, path: Path) -> None:
        """Give a file or directory (not its content) to the user PostgreSQL runs as."""
        if self.owner is not None:
            os.chown(path, self.owner.uid, self.owner.gid)

    @property
    def _user(self) -> str:
        """The name of the user that the server runs as, by which the kernel's word is compared with ident's."""
        if self.owner is not None:
            return self.owner.name
        try:
            return pwd.getpwuid(os.geteuid()).pw_name
        except KeyError:
            return str(os.geteuid())  # a user without a name is nobody to PostgreSQL

    def _prepare(self, seat: Seat, archive_dir: Path) -> None:
        if not seat.fits:
            raise InvalidInput(
                "socket-path-too-long",
                f"{seat.socket_path} is too long for a unix socket (107 bytes).",
                hint="Choose a shorter NACRE_HOME.",
            )
        for directory in (seat.socket_dir, archive_dir):
            directory.mkdir(parents=True, exist_ok=True)
            directory.chmod(0o700)
            self.own(directory)
        own_roles = self.installation.own_roles
        self._write(seat.hba_file, commands.hba(seat.tcp, own_roles))
        self._write(seat.ident_file, commands.ident(self._user, own_roles))

    def _write(self, path: Path, text: str) -> None:
        """Put a file, whole, into a folder of PostgreSQL's user, who may be hostile: no link there is followed."""
        unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            if self.owner is not None:
                os.fchown(file.fileno(), self.owner.uid, self.owner.gid)
        unfinished.replace(path)

    def _await_ready(self, process: "subprocess.Popen[bytes]", log_path: Path, log_from: int, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while postmaster.status(self.data_dir) != "ready":
            if process.poll() is not None:
                raise Failed("postgres-start", f"PostgreSQL did not start.\n{_tail(log_path, log_from)}")
            if time.monotonic() > deadline:
                process.send_signal(SIGQUIT)
                process.wait(10)
                raise Failed(
                    "postgres-start",
                    f"PostgreSQL was not ready within {timeout_s:g} s.\n{_tail(log_path, log_from)}",
                )
            time.sleep(POLL_S)


def _tail(log_path: Path, log_from: int) -> str:
    """The last lines the server wrote since its start."""
    with log_path.open("rb") as log:
        log.seek(max(log_from, log_path.stat().st_size - 4000))
        return log.read().decode(errors="replace").strip()
