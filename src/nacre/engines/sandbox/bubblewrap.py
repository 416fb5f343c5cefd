"""The driver that people's code runs under: namespaces, a read-only system, no capabilities, a filter."""

import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from nacre.core.errors import Failed
from nacre.engines.processes.command import run
from nacre.engines.processes.identity import Identity, identify
from nacre.engines.processes.logs import last_lines
from nacre.engines.sandbox import cgroups, etc, image, kit, network, proxying, seccomp, view
from nacre.engines.sandbox.box import Box
from nacre.engines.sandbox.compiled import write_package
from nacre.engines.sandbox.driver import Sandbox
from nacre.engines.sandbox.held import held_limits
from nacre.engines.sandbox.launch import WAYS_INSIDE, Handed, Launched, mark_of
from nacre.engines.sandbox.layout import Layout
from nacre.engines.sandbox.spec import Spec

_PACKAGES_INSIDE = kit.FOLDER
_UP_S = 10.0
_SHARE_OF_MEMORY = 0.5  # of the memory limit, for each of /tmp and /dev/shm
_MASKED = ("kcore", "keys", "latency_stats", "sched_debug", "timer_list", "timer_stats", "kallsyms", "kmsg")
_APPARMOR = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")


class Bubblewrap:
    name = "bubblewrap"

    def refusal(self) -> str:
        if shutil.which("bwrap") is None:
            return "bubblewrap is not installed (apt-get install bubblewrap)."
        done = run([*_bwrap(os.geteuid() == 0), "--ro-bind", "/", "/", "true"], timeout_s=_UP_S, cwd=Path("/"))
        if done.exit_code == 0:
            return ""
        if _APPARMOR.exists() and _APPARMOR.read_text().strip() == "1":
            return (
                "AppArmor keeps ordinary users from making user namespaces, as Ubuntu does from 24.04. Give bwrap an "
                "AppArmor profile with `userns,`, or run Nacre as root."
            )
        return f"bubblewrap cannot make a sandbox: {done.stderr.decode(errors='replace').strip()}"

    def enforced(self) -> dict[str, str]:
        return {
            "files": "only what is mounted is in view; the system read-only, /tmp and /dev/shm of limited size",
            "processes": "a process namespace of its own: nothing outside can be seen or signalled",
            "system-calls": "no capabilities, no new privileges, a filter of system calls",
            "network": "a network namespace of its own, " + _ways(),
            **held_limits(cgroups.hierarchies(), own_users=_Apart().own_users),
        }

    def service(self, spec: Spec) -> Sandbox:
        return Box(spec, _Apart())


class _Apart:
    @property
    def own_users(self) -> bool:
        return os.geteuid() != 0

    def env(self, spec: Spec) -> Mapping[str, str]:
        path = {"PATH": image.SEARCH_PATH if spec.root else view.search_path(spec.env.get("HOME", "/"))}
        return {**path, **proxying.ENV} if spec.egress.policy == "allow-list" else path

    def launch(self, spec: Spec, handed: Handed) -> Launched:
        uid, gid = (spec.account.uid, spec.account.gid) if spec.account else (os.geteuid(), os.getegid())
        if spec.root is not None:
            image.copy_etc(spec.root, handed.layout.etc, etc.FILES)
        etc.write(spec, uid, gid, network.RESOLVER if _is_connected(spec) else "")
        write_package("warden", handed.layout.packages)
        told, tell = os.pipe()
        filter_fd = _memory_file(seccomp.program())
        try:
            process = subprocess.Popen(
                [*handed.launcher, *bwrap_argv(spec, handed, tell, filter_fd, as_root=os.geteuid() == 0)],
                stdin=subprocess.DEVNULL, stdout=handed.said, stderr=handed.said, start_new_session=True, cwd="/",
                # The locale's data would be the image's, and the warden is still root when it looks for it.
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", **dict([mark_of(spec)])},
                pass_fds=(tell, filter_fd, handed.listener, handed.config),
            )  # fmt: skip
        finally:
            os.close(tell)
            os.close(filter_fd)
        try:
            return Launched(_child(told, handed.layout), process)
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            os.close(told)

    def connect(self, spec: Spec, warden: Identity) -> "subprocess.Popen[bytes] | None":
        """Only once the warden is up: bubblewrap sets up the loopback until then and would be disturbed."""
        if spec.egress.policy == "allow-list":
            return proxying.start_proxy(spec, warden)
        return network.connect(spec, warden) if _is_connected(spec) else None

    def reconnect(self, spec: Spec, warden: Identity) -> "subprocess.Popen[bytes] | None":
        if spec.egress.policy == "allow-list":
            return proxying.start_proxy(spec, warden)
        return network.reconnect(spec, warden) if _is_connected(spec) else None


def bwrap_argv(spec: Spec, handed: Handed, told: int, filter_fd: int, *, as_root: bool) -> list[str]:
    """The whole command. On the descriptor `told` it tells the warden's pid; `filter_fd` holds the seccomp program."""
    argv = [*_bwrap(as_root), "--as-pid-1", "--info-fd", str(told), "--seccomp", str(filter_fd)]
    argv += ["--hostname", spec.hostname, "--cap-drop", "ALL"]
    # As root there is no user namespace, so that files keep their owner: the warden drops to it, which takes these.
    if as_root:
        argv += [word for name in ("SETUID", "SETGID", "SETPCAP") for word in ("--cap-add", f"CAP_{name}")]
    argv += image.binds(spec, handed.layout.etc) if spec.root else _system(handed.layout)
    argv += ["--proc", "/proc"]
    for name in _MASKED:
        if Path("/proc", name).exists():
            argv += ["--ro-bind", "/dev/null", f"/proc/{name}"]
    size_bytes = int(spec.limits.memory_bytes * _SHARE_OF_MEMORY)
    argv += ["--dev", "/dev", *_tmpfs("/dev/shm", size_bytes), *_tmpfs("/tmp", size_bytes)]  # noqa: S108 - inside
    argv += ["--ro-bind", str(handed.layout.packages / "warden"), f"{_PACKAGES_INSIDE}/warden"]
    for mount in spec.mounts:
        argv += ["--bind" if mount.writable else "--ro-bind", str(mount.source), mount.target]
    if spec.egress.policy == "allow-list":
        argv += ["--ro-bind", str(handed.layout.proxy.parent), WAYS_INSIDE]
    argv += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/", "--"]
    interpreter = kit.kit().interpreter if spec.root else (view.interpreter(),)
    return [*_with_folders(argv), *handed.warden_argv(_PACKAGES_INSIDE, interpreter)]


def _system(layout: Layout) -> list[str]:
    """The machine's own system, but for the files that tell who there is."""
    argv = view.system_binds()
    for name in etc.FILES:
        argv += ["--ro-bind", str(layout.etc / name), f"/etc/{name}"]
    return [*argv, "--dir", "/var", "--symlink", "/tmp", "/var/tmp"]  # noqa: S108 - inside


def _tmpfs(path: str, size_bytes: int) -> list[str]:
    """A folder in memory that everybody may write to."""
    return ["--perms", "1777", "--size", str(size_bytes), "--tmpfs", path]


def _with_folders(argv: list[str]) -> list[str]:
    """Before each mount, the folders above it: those that bubblewrap makes by itself only root may enter."""
    done, made = [], {"/", "/usr"}
    for at, word in enumerate(argv):
        if word in ("--bind", "--ro-bind"):
            for folder in reversed(PurePosixPath(argv[at + 2]).parents):
                if str(folder) not in made and not str(folder).startswith(("/proc", "/dev")):
                    made.add(str(folder))
                    done += ["--dir", str(folder)]
        done.append(word)
    return done


def _bwrap(as_root: bool) -> list[str]:
    """As root without a user namespace, in which nobody but root would have a number."""
    apart = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    return ["bwrap", *apart, *([] if as_root else ["--unshare-user"]), "--new-session"]


def _ways() -> str:
    obstacle = network.obstacle()
    if obstacle:
        return f"connected to nothing, since {obstacle}; an allow-list works, through a proxy"
    return "connected by slirp4netns, with no way to this machine, private or link-local addresses"


def _is_connected(spec: Spec) -> bool:
    return spec.egress.policy == "open" and not network.obstacle()


def _memory_file(content: bytes) -> int:
    fd = os.memfd_create("nacre")
    os.write(fd, content)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def _child(told: int, layout: Layout) -> Identity:
    """The warden, from what bubblewrap tells of it. That comes in pieces, and must be read to its end."""
    deadline, words = time.monotonic() + _UP_S, b""
    while not words.rstrip().endswith(b"}"):
        ready, _, _ = select.select([told], [], [], max(0.0, deadline - time.monotonic()))
        more = os.read(told, 4096) if ready else b""
        if not more:
            why = " ".join(last_lines(layout.said, 3))
            raise Failed("sandbox-not-made", f"bubblewrap could not make the sandbox: {why}")
        words += more
    warden = identify(int(json.loads(words)["child-pid"]))
    if warden is None:
        raise Failed("sandbox-not-made", "The sandbox ended as soon as it was made; its log says why.")
    return warden
