"""Runs a program that must be root to do its work, as builders of images must: root in a user namespace, whose numbers
nobody on this machine has, with its own network, processes and files.

What it starts may break out of whatever it makes for it, and is then nobody, in a place with nothing but what is
mounted.
"""

import functools
import os
import secrets
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from nacre.core.errors import Failed, Unavailable
from nacre.engines.processes.command import run
from nacre.engines.processes.identity import identify_child
from nacre.engines.sandbox import cgroups, network, view
from nacre.engines.sandbox.spec import Limits, Mount, Spec

_FIRST, _EACH, _RANGES = 0x70000000, 1 << 16, 2048
"""Above what distributions give to people and containers (systemd's own end here), below what programs take as -1."""

_PROGRAMS = ("bwrap", "nsenter", "unshare", "ip")
_READY_S = 5.0
_JOIN = 'while [ "$1" != -- ]; do echo 0 >"$1" || exit 125; shift; done; shift; exec "$@"'


def obstacle() -> str:
    """Why nothing can be run like this here, as a sentence; empty when it can."""
    if os.geteuid() != 0:
        return "Only a Nacre that runs as root has numbers to give to the users of an image."
    missing = next((name for name in _PROGRAMS if shutil.which(name) is None), None)
    if missing is not None:
        return f"{missing} is not installed."
    return _refused()


class Rooted:
    """`folder` is its own, for logs. Whatever lies in writable mounts belongs to `first`, its root, from the start."""

    def __init__(self, folder: Path, mounts: Sequence[Mount], limits: Limits) -> None:
        self.first = _FIRST + secrets.randbelow(_RANGES) * _EACH
        self._folder = folder
        self._mounts = mounts
        self._limits = limits

    def run(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        timeout_s: float,
        say: Callable[[bytes], None],
        cancelled: threading.Event,
    ) -> int:
        """Run it to its end and answer its exit code. Raises Unavailable "isolation-not-proven", CommandTimedOut,
        CommandCancelled, Failed."""
        why = obstacle()
        if why:
            raise Unavailable("isolation-not-proven", why, hint="`nacre doctor`")
        for mount in self._mounts:
            if mount.writable:
                os.chown(mount.source, self.first, self.first)
        self._write_etc()
        with _namespaces(self.first) as holder, self._joining() as join:
            connected = self._connect(holder)
            inside = [*join, *_enter(holder), *self._bwrap(), *argv]
            environment = {"PATH": os.environ.get("PATH", os.defpath), **view.carried(), **env}
            try:
                done = run(
                    inside, timeout_s=timeout_s, env=environment, cwd=Path("/"), on_stdout=say, on_stderr=say,
                    cancelled=cancelled,
                )  # fmt: skip
            finally:
                if connected is not None:
                    connected.kill()
                    connected.wait()
        return done.exit_code

    def _connect(self, holder: int) -> "subprocess.Popen[bytes] | None":
        spec = Spec(self._folder.name, self._folder)
        ready = run([*_enter(holder), "ip", "link", "set", "lo", "up"], timeout_s=_READY_S)
        if ready.exit_code != 0:
            raise Failed("sandbox-not-made", f"Its network could not be made: {ready.stderr.decode(errors='replace')}")
        return None if network.obstacle() else network.connect(spec, identify_child(holder))

    @contextmanager
    def _joining(self) -> Iterator[tuple[str, ...]]:
        """What a command is started with to be within its limits, as far as control groups hold them here."""
        group = cgroups.make(f"rooted-{self._folder.name}-{secrets.token_hex(4)}", self._limits, cgroups.hierarchies())
        try:
            doors = [str(door) for door in group.doors]
            yield ("/bin/sh", "-c", _JOIN, "join", *doors, "--") if doors else ()
        finally:
            group.remove()

    def _write_etc(self) -> None:
        texts = {
            "passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
            "group": "root:x:0:\nnogroup:x:65534:\n",
            "hosts": "127.0.0.1 localhost\n",
            "resolv.conf": f"nameserver {network.RESOLVER}\n",
        }
        for name, text in texts.items():
            (self._folder / name).write_text(text)
            (self._folder / name).chmod(0o644)

    def _bwrap(self) -> list[str]:
        argv = ["bwrap", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--new-session"]
        # Whoever administers its network could open the ways that are closed in it.
        argv += ["--die-with-parent", "--cap-add", "ALL", "--cap-drop", "CAP_NET_ADMIN"]
        argv += ["--hostname", "build", *_system()]
        for name in ("passwd", "group", "hosts", "resolv.conf"):
            argv += ["--ro-bind", str(self._folder / name), f"/etc/{name}"]
        argv += ["--proc", "/proc", "--dev", "/dev", "--ro-bind", "/sys", "/sys", "--dir", "/root"]
        for folder in ("/tmp", "/run", "/var/tmp"):  # noqa: S108 - inside
            argv += ["--perms", "1777", "--size", str(self._limits.memory_bytes // 2), "--tmpfs", folder]
        for mount in self._mounts:
            argv += ["--bind" if mount.writable else "--ro-bind", str(mount.source), mount.target]
        return [*argv, "--remount-ro", "/", "--chdir", "/", "--"]


def _system() -> list[str]:
    """The machine's programs, whom it trusts, and where it finds images; nothing that only root may pass through."""
    argv = ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib64"):
        merged = Path("/", name).is_symlink()
        argv += ["--symlink", f"usr/{name}", f"/{name}"] if merged else ["--ro-bind-try", f"/{name}", f"/{name}"]
    for name in ("ca-certificates", "containers", "ld.so.cache", "pki", "ssl"):
        argv += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    return argv


@contextmanager
def _namespaces(first: int) -> Iterator[int]:
    """The pid of a process that holds a user namespace with numbers from `first` on, and a network of it."""
    own = Path("/proc/self/ns/net").readlink()
    holder = subprocess.Popen(
        ["unshare", "--user", "--net", "cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        deadline = time.monotonic() + _READY_S
        while Path(f"/proc/{holder.pid}/ns/net").readlink() == own:
            if holder.poll() is not None or time.monotonic() > deadline:
                raise Failed("sandbox-not-made", "The kernel made no user namespace for it.")
            time.sleep(0.002)
        for name in ("uid_map", "gid_map"):
            Path(f"/proc/{holder.pid}/{name}").write_text(f"0 {first} {_EACH}\n")
        yield holder.pid
    finally:
        holder.kill()
        holder.wait()
        if holder.stdin is not None:
            holder.stdin.close()


def _enter(holder: int) -> list[str]:
    names = [f"--user=/proc/{holder}/ns/user", f"--net=/proc/{holder}/ns/net"]
    return ["nsenter", *names, "--setuid", "0", "--setgid", "0", "--"]


@functools.cache
def _refused() -> str:
    """Tried out once: whether the kernel lets such a root mount what it needs."""
    try:
        with _namespaces(_FIRST) as holder:
            argv = [
                *_enter(holder),
                "bwrap",
                "--unshare-pid",
                *_system(),
                "--proc",
                "/proc",
                "--ro-bind",
                "/sys",
                "/sys",
            ]
            done = run([*argv, "--", "/usr/bin/true"], timeout_s=_READY_S)
    except (OSError, Failed) as error:
        return f"The kernel does not let root make a user namespace: {error}"
    return "" if done.exit_code == 0 else f"bubblewrap cannot work in a user namespace: {done.stderr.decode().strip()}"
