"""Looks after a running sandbox: ends what takes too much of a disk, and connects again what has lost its way out."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import structlog

from nacre.core.errors import NacreError
from nacre.engines.processes import record
from nacre.engines.processes.identity import Identity, ended, identify, is_running, send, wait_ended
from nacre.engines.sandbox.disk import Watch
from nacre.engines.sandbox.layout import Layout
from nacre.engines.sandbox.spec import Spec

_log = structlog.get_logger()
_EACH_S = 1.0
_LOOK_AGAIN_S = 0.02
_KILLED_WITHIN_S = 5.0


class Tending:
    """`reconnect` is called in a thread when what connected the sandbox has ended, `clear` when its warden has."""

    def __init__(self, spec: Spec, reconnect: Callable[[Identity], None], clear: Callable[[], None]) -> None:
        self.trouble = ""
        self.disk_bytes: int | None = None
        self._spec, self._reconnect, self._clear = spec, reconnect, clear
        self._layout = Layout(spec.folder)
        self._task: asyncio.Task[None] | None = None

    def start(self, warden: Identity) -> None:
        """From now on, until the warden ends or it is stopped."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._tend(warden))

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _tend(self, warden: Identity) -> None:
        folders = tuple(mount.source for mount in self._spec.mounts if mount.writable and mount.source.is_dir())
        watch = Watch(folders, self._spec.limits.disk_bytes)
        while is_running(warden):
            await asyncio.to_thread(self._look_at_disk, watch, warden)
            await asyncio.to_thread(self._look_at_way, warden)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended(warden), _EACH_S)
        await asyncio.to_thread(self._clear)

    def _look_at_disk(self, watch: Watch, warden: Identity) -> None:
        try:
            wrong = watch.look(time.monotonic())
            self.disk_bytes = watch.used_bytes
        except FileNotFoundError:  # a folder is being taken away, and the sandbox with it
            return
        if wrong and is_running(warden):
            self.trouble = f"All processes were ended: {wrong}."
            end_processes(warden)
            with self._layout.said.open("a") as said:
                said.write(f"{self.trouble}\n")
            _log.warning("sandbox over its limit", sandbox=self._spec.name, trouble=wrong)

    def _look_at_way(self, warden: Identity) -> None:
        helper = record.read(self._layout.helper)
        if helper is None or is_running(helper) or not is_running(warden):
            return
        try:
            self._reconnect(warden)
        except NacreError as error:  # tried again in a second; nothing else of the sandbox depends on it
            _log.warning("sandbox not connected", sandbox=self._spec.name, reason=str(error))


def members(warden: Identity) -> list[Identity]:
    """All that runs in a sandbox but its warden, to whom everybody inside is a descendant: orphans become its own."""
    try:
        found = psutil.Process(warden.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return [one for one in (identify(process.pid) for process in found) if one]


def member(warden: Identity, pid_inside: int) -> Identity | None:
    """The process that has this number inside, proc_pid_status(5): NSpid."""
    for one in members(warden):
        try:
            status = Path(f"/proc/{one.pid}/status").read_text(errors="replace")
        except OSError:
            continue
        numbers = next((line.split() for line in status.splitlines() if line.startswith("NSpid:")), [])
        if numbers and int(numbers[-1]) == pid_inside and is_running(one):
            return one
    return None


def end_processes(warden: Identity) -> None:
    """Kill them, without asking anybody inside; the warden with them only when they do not go.

    What forks as fast as it is killed is limited in number, and loses. What has used up its share of the processor is
    not given any to end with before the next period begins, and a busy machine takes its time as well.
    """
    until_s = time.monotonic() + _KILLED_WITHIN_S
    while running := members(warden):
        if time.monotonic() > until_s:
            send(warden, signal.SIGKILL)
            return
        for one in running:
            send(one, signal.SIGKILL)
        wait_ended(running[0], _LOOK_AGAIN_S)
