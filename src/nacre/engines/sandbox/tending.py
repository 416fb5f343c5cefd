"""Looks after a running sandbox: ends what takes too much of a disk, and connects again what has lost its way out."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import structlog

from nacre.core.errors import NacreError
from nacre.engines.processes import record
from nacre.engines.processes.identity import Identity, ended, identify, is_marked, is_running, send
from nacre.engines.sandbox.disk import Watch
from nacre.engines.sandbox.launch import mark_of
from nacre.engines.sandbox.layout import Layout
from nacre.engines.sandbox.spec import Spec

_log = structlog.get_logger()
_EACH_S = 1.0
_ROUNDS = 20


class Tending:
    """`reconnect` is called in a thread when what connected the sandbox has ended, `clear` when its warden has."""

    def __init__(self, spec: Spec, reconnect: Callable[[Identity], None], clear: Callable[[], None]) -> None:
        self.trouble = ""
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
        except FileNotFoundError:  # a folder is being taken away, and the sandbox with it
            return
        if wrong and is_running(warden):
            self.trouble = f"All processes were ended: {wrong}."
            end_processes(self._spec, warden)
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


def end_processes(spec: Spec, warden: Identity) -> None:
    """Kill all that runs in a sandbox but its warden, without asking anybody inside."""
    for _ in range(_ROUNDS):  # what forks as fast as it is killed is limited in number, and loses
        members = [one for pid in psutil.pids() if pid != warden.pid and (one := _member(pid, spec, warden))]
        if not members:
            return
        for one in members:
            send(one, signal.SIGKILL)
    send(warden, signal.SIGKILL)


def _member(pid: int, spec: Spec, warden: Identity) -> Identity | None:
    """The process, if it is one of the sandbox's: in the warden's own pid namespace, or with the sandbox's mark."""
    theirs = _pid_namespace(warden.pid)
    if theirs == _pid_namespace(os.getpid()):
        belongs = is_marked("=".join(mark_of(spec)))(pid)
    else:
        belongs = _pid_namespace(pid) == theirs
    return identify(pid) if belongs else None


def _pid_namespace(pid: int) -> str:
    try:
        return str(Path(f"/proc/{pid}/ns/pid").readlink())
    except OSError:
        return ""
