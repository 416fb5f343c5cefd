"""The main process of a running cluster: found, proven to be ours, waited for, signalled without a race."""

import contextlib
import os
import select
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from nacre.core.errors import Conflict

POLL_S = 0.003


@dataclass(frozen=True)
class Postmaster:
    """A process identified for good: its id and its start in clock ticks since boot (/proc/<pid>/stat, field 22)."""

    pid: int
    start_ticks: int

    @property
    def alive(self) -> bool:
        return _start_ticks(self.pid) == self.start_ticks

    def pids(self) -> list[int]:
        """The postmaster and all its children, the postmaster first; empty if it is gone."""
        if not self.alive:
            return []
        try:
            children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        except FileNotFoundError:  # a kernel without CONFIG_PROC_CHILDREN: look at every process
            return [self.pid, *(child.pid for child in psutil.Process(self.pid).children())]
        return [self.pid, *map(int, children.split())]

    def send(self, number: signal.Signals) -> bool:
        """Signal the process through a pidfd, so never a stranger that got its id; False if it is gone."""
        with _opened(self) as descriptor:
            if descriptor is None:
                return False
            signal.pidfd_send_signal(descriptor, number)
            return True

    def wait(self, timeout_s: float) -> bool:
        """Wait until it is gone, and reap it if it is our child; False if it still lives after `timeout_s`."""
        with _opened(self) as descriptor:
            if descriptor is not None:
                poll = select.poll()
                poll.register(descriptor, select.POLLIN)
                if not poll.poll(timeout_s * 1000):
                    return False
        _reap(self.pid)
        return True


def find(data_dir: Path) -> Postmaster | None:
    """The postmaster that runs on `data_dir`, or None.

    postmaster.pid alone proves nothing (it survives crashes and is copied along by snapshots): the process must also
    have `data_dir` as its working directory, which every postmaster enters at start.
    """
    pid = _claimed_pid(data_dir)
    if pid is None:
        return None
    ticks = _start_ticks(pid)
    if ticks is None:
        _reap(pid)
        return None
    try:
        here = Path(f"/proc/{pid}/cwd").samefile(data_dir)
    except OSError:
        return None
    return Postmaster(pid, ticks) if here and _start_ticks(pid) == ticks else None


def status(data_dir: Path) -> str:
    """The last line of postmaster.pid: starting, ready, standby or stopping; empty before the first is written."""
    try:
        lines = (data_dir / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return ""
    return lines[7].strip() if len(lines) > 7 else ""


def clear_stale_pid_file(data_dir: Path, timeout_s: float = 10) -> None:
    """Remove a postmaster.pid whose cluster is surely gone, so that a reused process id cannot block the start.

    Backends whose postmaster was killed may still write: they are waited for. Raises Conflict if they stay.
    """
    deadline = time.monotonic() + timeout_s
    while working := _working_in(data_dir):
        if time.monotonic() > deadline:
            raise Conflict(
                "postgres-running",
                f"Processes {working} still work on {data_dir}.",
                hint="Stop them first; starting a second server there would destroy the data.",
            )
        time.sleep(POLL_S)
    (data_dir / "postmaster.pid").unlink(missing_ok=True)


def clear_stale_socket(socket_path: Path) -> None:
    """Remove a socket and its lock file whose server is surely gone.

    Postgres itself refuses to start for any living process that has the id in the lock file: one that got the id
    after a restart of the machine, or a dead server whom nobody has reaped yet.
    """
    lock = socket_path.with_name(socket_path.name + ".lock")
    try:
        lines = lock.read_text().splitlines()
    except FileNotFoundError:
        return
    if len(lines) > 1 and find(Path(lines[1])) is not None:
        return
    socket_path.unlink(missing_ok=True)
    lock.unlink(missing_ok=True)


def _working_in(data_dir: Path) -> list[int]:
    place = data_dir.stat()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if os.path.samestat((entry / "cwd").stat(), place) and _start_ticks(int(entry.name)) is not None:
                    found.append(int(entry.name))
    return [pid for pid in found if pid != os.getpid()]


def _claimed_pid(data_dir: Path) -> int | None:
    try:
        first = (data_dir / "postmaster.pid").read_text().split("\n", 1)[0]
    except (FileNotFoundError, NotADirectoryError):
        return None
    return int(first) if first.isdigit() and int(first) > 1 else None


def _start_ticks(pid: int) -> int | None:
    """Start of a living process; None for one that is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else int(fields[19])


@contextlib.contextmanager
def _opened(process: Postmaster) -> Iterator[int | None]:
    """A pidfd of exactly this process, or None if it is gone."""
    try:
        descriptor = os.pidfd_open(process.pid)
    except ProcessLookupError:
        yield None
        return
    try:
        yield descriptor if process.alive else None
    finally:
        os.close(descriptor)


def _reap(pid: int) -> None:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
