"""A sandbox as a service: made whole, found again after the daemon's restart, and ended with all that is in it."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from nacre.core.errors import InvalidInput, NacreError, Unavailable
from nacre.engines.processes import record
from nacre.engines.processes.identity import Identity, identify, is_marked, is_running, send, wait_ended
from nacre.engines.processes.logs import last_lines, open_log
from nacre.engines.sandbox import view
from nacre.engines.sandbox.inside import Inside
from nacre.engines.sandbox.layout import Layout
from nacre.engines.sandbox.spec import Spec

PROXY_PORT = 3128
"""Where an allow-list's proxy is reached inside."""
PROXY_INSIDE = "/run/nacre/proxy.sock"

_COMMON = {"LANG": "C.UTF-8", "SHELL": "/bin/bash", "TERM": "xterm-256color"}
_UP_S = 10.0
_STOP_S = 5.0
_KILLED_S = 5.0


@dataclass(frozen=True)
class Handed:
    """What a driver hands to the warden: descriptors, and what comes before the command."""

    layout: Layout
    launcher: tuple[str, ...]
    mark: tuple[str, str]
    listener: int
    config: int
    said: int

    def warden_argv(self, package: str) -> list[str]:
        """Run the warden, whose package lies there."""
        folder, _, name = package.rpartition("/")
        program = f"import sys; sys.path.insert(0, {folder!r}); from {name}.main import main; main()"
        return [view.interpreter(), "-I", "-S", "-B", "-c", program, str(self.config)]


@dataclass(frozen=True)
class Started:
    """The warden, the process that was started to have it, and what is to be done once it answers: that may start
    another process."""

    warden: Identity
    process: "subprocess.Popen[bytes]"
    finish: Callable[[], "subprocess.Popen[bytes] | None"]


Launch = Callable[[Spec, Handed], Started]


def mark_of(spec: Spec) -> tuple[str, str]:
    """Name and value in the environment of what belongs to a sandbox on the machine."""
    return "NACRE_SANDBOX", str(spec.folder)


class Box:
    """The Service of one sandbox, however it is launched."""

    def __init__(self, spec: Spec, launch: Launch, env: Mapping[str, str]) -> None:
        """`env` is what every process inside has unless the spec says otherwise."""
        self._spec, self._launch, self._env = spec, launch, env
        self._layout = Layout(spec.folder)
        self._mark = mark_of(spec)
        self._marked = is_marked("=".join(self._mark))
        self._children: list[subprocess.Popen[bytes]] = []

    @property
    def name(self) -> str:
        return self._spec.name

    @property
    def log_path(self) -> Path:
        return self._layout.said

    async def start(self) -> Identity:
        """Make it, and answer its warden once it serves. Raises Failed or Unavailable with what the log says."""
        started = await asyncio.to_thread(self._start)
        try:
            await self._wait(started.warden)
            if helper := await asyncio.to_thread(started.finish):
                self._children.append(helper)
        except BaseException:
            await asyncio.to_thread(self._stop)
            raise
        return started.warden

    async def adopt(self) -> Identity | None:
        return await asyncio.to_thread(self._find)

    async def stop(self) -> None:
        await asyncio.to_thread(self._stop)

    def how_it_ended(self) -> str:
        self._clean()
        words = self._last_words()
        return f"it ended; its last words: {words}" if words else "it ended"

    def _start(self) -> Started:
        _refuse_nested(self._spec)
        self._kill_leftovers()
        self._layout.make(self._spec.account)
        said = open_log(self._layout.said, keep=1)
        config = os.memfd_create("warden")  # not an argument: the environment holds passwords
        try:
            with self._listen() as listener:
                os.write(config, json.dumps(self._config(listener.fileno())).encode())
                os.lseek(config, 0, os.SEEK_SET)
                started = self._launch(
                    self._spec, Handed(self._layout, (), self._mark, listener.fileno(), config, said)
                )
        except NacreError:
            self._kill_leftovers()
            raise
        finally:
            os.close(config)
            os.close(said)
        self._children = [started.process]
        record.write(self._layout.record, started.warden)
        return started

    async def _wait(self, warden: Identity) -> None:
        inside, deadline = Inside(self._spec.folder), time.monotonic() + _UP_S
        while not await inside.alive():
            if not is_running(warden) or time.monotonic() > deadline:
                raise Unavailable("sandbox-not-up", f"The sandbox {self.name} did not come up: {self._last_words()}")

    def _listen(self) -> socket.socket:
        """The socket on which the warden will be asked: ours to make, so that nobody inside can put another there."""
        self._layout.warden.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(self._layout.warden))
        self._layout.warden.chmod(0o600)
        listener.listen(128)
        return listener

    def _config(self, listener: int) -> dict[str, object]:
        spec, account = self._spec, self._spec.account
        proxied = spec.egress.policy == "allow-list"
        return {
            "uid": account.uid if account else os.geteuid(),
            "gid": account.gid if account else os.getegid(),
            "env": {**_COMMON, **view.carried(), **self._env, **spec.env},
            "cwd": spec.cwd,
            "log_bytes": spec.limits.log_bytes,
            "listener": listener,
            "proxy": {"port": PROXY_PORT, "socket": PROXY_INSIDE} if proxied else None,
        }

    def _find(self) -> Identity | None:
        known = record.read(self._layout.record)
        return known if known and is_running(known) and self._marked(known.pid) else None

    def _stop(self) -> None:
        warden = self._find()
        if warden and send(warden, signal.SIGTERM):
            wait_ended(warden, _STOP_S)
        self._clean()
        self._layout.record.unlink(missing_ok=True)

    def _clean(self) -> None:
        """End and remove whatever is left of the last run."""
        self._kill_leftovers()

    def _kill_leftovers(self) -> None:
        for one in [identify(pid) for pid in psutil.pids() if pid != os.getpid() and self._marked(pid)]:
            if one is not None:
                send(one, signal.SIGKILL)
                wait_ended(one, _KILLED_S)
        for child in self._children:
            child.wait(_KILLED_S)
        self._children = []

    def _last_words(self) -> str:
        return " ".join(last_lines(self._layout.said, 3))


def _refuse_nested(spec: Spec) -> None:
    """A mount point inside what people can write would be made, as root, wherever their links lead."""
    for outer in spec.mounts:
        for inner in spec.mounts:
            if outer.writable and inner is not outer and Path(inner.target).is_relative_to(outer.target):
                raise InvalidInput("nested-mount", f"{inner.target} lies inside {outer.target}, which can be written.")
