"""A sandbox as a service: made whole, found again after the daemon's restart, and ended with all that is in it."""

import asyncio
import contextlib
import functools
import hashlib
import json
import os
import resource
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import psutil

from nacre.core.errors import Failed, InvalidInput, NacreError, Unavailable
from nacre.engines.processes import record
from nacre.engines.processes.identity import Identity, identify, is_marked, is_running, send, wait_ended
from nacre.engines.processes.logs import last_lines, open_log
from nacre.engines.sandbox import cgroups, view
from nacre.engines.sandbox.inside import Inside
from nacre.engines.sandbox.launch import PROXY_PORT, WAYS_INSIDE, Handed, Launched, Launcher, mark_of
from nacre.engines.sandbox.layout import Layout
from nacre.engines.sandbox.spec import Limits, Spec
from nacre.engines.sandbox.tending import Tending

_COMMON = {"LANG": "C.UTF-8", "SHELL": "/bin/bash", "TERM": "xterm-256color"}
_JOIN = 'while [ "$1" != -- ]; do echo 0 >"$1" || exit 125; shift; done; shift; exec "$@"'
_UP_S = 10.0
_STOP_S = 5.0
_KILLED_S = 5.0


class Box:
    """The Service of one sandbox, however it is launched."""

    def __init__(self, spec: Spec, launcher: Launcher) -> None:
        self._spec, self._launcher = spec, launcher
        self._layout = Layout(spec.folder)
        self._marked = is_marked("=".join(mark_of(spec)))
        self._children: list[subprocess.Popen[bytes]] = []
        self._tending = Tending(spec, self._reconnect, self._clear)
        self._changing = _lock_of(spec.folder)

    @property
    def name(self) -> str:
        return self._spec.name

    @property
    def log_path(self) -> Path:
        return self._layout.said

    @property
    def trouble(self) -> str:
        """What limit its processes were ended for last, in words; empty when none was."""
        return self._tending.trouble

    @property
    def disk_bytes(self) -> int | None:
        """What its writable folders took when they were measured last, within the last minute; None before that."""
        return self._tending.disk_bytes

    async def start(self) -> Identity:
        """Make it, and answer its warden once it serves. Raises Failed or Unavailable with what the log says."""
        await self._tending.stop()
        launched = await asyncio.to_thread(self._start)
        try:
            await self._wait(launched.warden)
            await asyncio.to_thread(self._connect, launched.warden)
        except BaseException:
            await asyncio.to_thread(self._stop)
            raise
        self._tending.start(launched.warden)
        return launched.warden

    async def adopt(self) -> Identity | None:
        found = await asyncio.to_thread(self._find)
        if found is not None:
            self._tending.start(found)
        return found

    async def stop(self) -> None:
        await self._tending.stop()
        await asyncio.to_thread(self._stop)

    def killed_for_memory(self) -> int:
        """How many of its processes were ended for memory since it was started, as far as the kernel tells."""
        return cgroups.group(self._group_name, cgroups.hierarchies()).killed_for_memory()

    def how_it_ended(self) -> str:
        words = self._last_words()
        return f"it ended; its last words: {words}" if words else "it ended"

    def _start(self) -> Launched:
        _refuse_nested(self._spec)
        with self._changing:
            self._clean()
            return self._make()

    def _make(self) -> Launched:
        self._layout.make(self._spec.account)
        said = open_log(self._layout.said, keep=1)
        config = os.memfd_create("warden")  # not an argument: the environment holds passwords
        try:
            with self._listen() as listener:
                where = cgroups.hierarchies()
                os.write(config, json.dumps(self._config(listener.fileno(), where)).encode())
                os.lseek(config, 0, os.SEEK_SET)
                handed = Handed(self._layout, self._join(where), listener.fileno(), config, said)
                launched = self._launcher.launch(self._spec, handed)
        except OSError as error:
            self._clean()
            raise Failed("sandbox-not-made", f"The sandbox {self.name} could not be made: {error}.") from error
        except NacreError:
            self._clean()
            raise
        finally:
            os.close(config)
            os.close(said)
        self._children = [launched.process]
        record.write(self._layout.record, launched.warden)
        return launched

    def _listen(self) -> socket.socket:
        """The socket on which the warden will be asked: ours to make, so that nobody inside can put another there."""
        self._layout.warden.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(self._layout.warden))
        self._layout.warden.chmod(0o600)
        listener.listen(128)
        return listener

    def _config(self, listener: int, where: cgroups.Hierarchies) -> dict[str, object]:
        spec, account = self._spec, self._spec.account
        proxied = spec.egress.policy == "allow-list"
        # An image is the same wherever it runs: how this machine finds packages is none of its business.
        common = {"LANG": "C.UTF-8"} if spec.root else {**_COMMON, **view.carried()}
        return {
            "uid": account.uid if account else os.geteuid(),
            "gid": account.gid if account else os.getegid(),
            "env": {**common, **self._launcher.env(spec), **spec.env},
            "cwd": spec.cwd,
            "log_bytes": spec.limits.log_bytes,
            "rlimits": rlimits(spec.limits, where, own_users=self._launcher.own_users),
            "listener": listener,
            "proxy": {"port": PROXY_PORT, "socket": f"{WAYS_INSIDE}/{self._layout.proxy.name}"} if proxied else None,
        }

    def _join(self, where: cgroups.Hierarchies) -> tuple[str, ...]:
        """Make the control groups, and what a command is started with to be in them from its first moment."""
        group = cgroups.make(self._group_name, self._spec.limits, where)
        return ("/bin/sh", "-c", _JOIN, "join", *map(str, group.doors), "--") if group.folders else ()

    async def _wait(self, warden: Identity) -> None:
        inside, deadline = Inside(self._spec.folder), time.monotonic() + _UP_S
        while not await inside.alive():
            if not is_running(warden) or time.monotonic() > deadline:
                raise Unavailable("sandbox-not-up", f"The sandbox {self.name} did not come up: {self._last_words()}")

    def _connect(self, warden: Identity) -> None:
        self._remember(self._launcher.connect(self._spec, warden))

    def _reconnect(self, warden: Identity) -> None:
        self._remember(self._launcher.reconnect(self._spec, warden))

    def _remember(self, helper: "subprocess.Popen[bytes] | None") -> None:
        """What connects it is looked after, also by the daemon that comes after this one."""
        found = identify(helper.pid) if helper else None
        if helper and found:
            self._children.append(helper)
            record.write(self._layout.helper, found)

    def _find(self) -> Identity | None:
        """The warden written down, by its number and when it started in this boot: it shows its environment to root
        alone, so nobody else can ask for the mark."""
        known = record.read(self._layout.record)
        return known if known and is_running(known) else None

    def _family(self) -> list[Identity]:
        """All of ours on the machine: the warden, and what carries the mark."""
        marked = (identify(pid) for pid in psutil.pids() if pid != os.getpid() and self._marked(pid))
        found = {one for one in marked if one}
        warden = self._find()
        return [*found | {warden}] if warden else [*found]

    def _stop(self) -> None:
        warden = self._find()
        if warden and send(warden, signal.SIGTERM):
            wait_ended(warden, _STOP_S)
        with self._changing:
            self._clean()

    def _clear(self) -> None:
        """The warden has ended by itself, and all inside with it: nothing of it stays, unless there is a new one."""
        with self._changing:
            if self._find() is None:
                self._clean()

    def _clean(self) -> None:
        """End and remove whatever is left of the last run."""
        for one in self._family():
            send(one, signal.SIGKILL)
            wait_ended(one, _KILLED_S)
        for child in self._children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(_KILLED_S)
        self._children = []
        cgroups.group(self._group_name, cgroups.hierarchies()).remove()
        self._layout.helper.unlink(missing_ok=True)
        self._layout.record.unlink(missing_ok=True)

    @property
    def _group_name(self) -> str:
        """Homes share a machine, and may have given their sandboxes the same name."""
        return f"{self._spec.folder.name}-{hashlib.sha256(os.fsencode(self._spec.folder)).hexdigest()[:10]}"

    def _last_words(self) -> str:
        return " ".join(last_lines(self._layout.said, 3))


@functools.cache
def _lock_of(folder: Path) -> threading.Lock:
    """Held by whoever makes or clears what belongs to a folder: a service may be made anew for one that exists."""
    return threading.Lock()


def rlimits(limits: Limits, where: cgroups.Hierarchies, *, own_users: bool) -> dict[int, int]:
    """Limits of each process, setrlimit(2): in place of control groups where there are none, as far as they go.

    That of the number of processes counts what the same user does elsewhere, unless the sandbox has users of its own.
    """
    found = {resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: limits.disk_bytes}
    if not where.words("memory"):
        found[resource.RLIMIT_DATA] = limits.memory_bytes
    if not where.words("pids") and own_users:
        found[resource.RLIMIT_NPROC] = limits.processes
    return found


def _refuse_nested(spec: Spec) -> None:
    """A mount point inside what people can write would be made, as root, wherever their links lead."""
    for outer in spec.mounts:
        for inner in spec.mounts:
            if (
                outer.writable
                and not outer.fresh
                and inner is not outer
                and Path(inner.target).is_relative_to(outer.target)
            ):
                raise InvalidInput("nested-mount", f"{inner.target} lies inside {outer.target}, which can be written.")
