"""Limits that the kernel holds for a sandbox as a whole: control groups, of version 1 or 2, or some of each."""

import contextlib
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from nacre.engines.processes.identity import identify, send
from nacre.engines.sandbox.spec import Limits

CONTROLLERS = ("cpu", "memory", "pids")

_ROOT = "nacre"
_PERIOD_US = 100_000
_GONE_S = 5.0


@dataclass(frozen=True)
class Hierarchies:
    """Where control groups of ours are made: the folder for each controller, by version. A controller is in one."""

    v1: dict[str, Path]
    v2: dict[str, Path]

    def words(self, controller: str) -> str:
        """How it is held, empty when it is not."""
        version = 2 if controller in self.v2 else 1 if controller in self.v1 else 0
        return f"a control group, version {version}" if version else ""


@dataclass(frozen=True)
class Group:
    """The control groups of one sandbox, one folder for each hierarchy."""

    folders: tuple[Path, ...]

    @property
    def doors(self) -> tuple[Path, ...]:
        """The files that a process writes 0 to in order to join."""
        return tuple(folder / "cgroup.procs" for folder in self.folders)

    def members(self) -> list[int]:
        """The processes in it, by the machine's numbers."""
        found: set[int] = set()
        for door in self.doors:
            with contextlib.suppress(FileNotFoundError):
                found |= {int(word) for word in door.read_text().split()}
        return sorted(found)

    def killed_for_memory(self) -> int:
        """How many of its processes the kernel has ended for taking more memory than allowed."""
        for folder in self.folders:
            for name in ("memory.events", "memory.oom_control"):
                with contextlib.suppress(OSError):
                    words = (folder / name).read_text().split()
                    if "oom_kill" in words:
                        return int(words[words.index("oom_kill") + 1])
        return 0

    def remove(self) -> None:
        """Kill what is left in it and remove it."""
        deadline = time.monotonic() + _GONE_S
        for folder in self.folders:
            while folder.exists():
                try:
                    folder.rmdir()
                except FileNotFoundError:
                    break
                except OSError:  # busy: somebody is in there
                    for pid in self.members():
                        if pid and (one := identify(pid)):
                            send(one, signal.SIGKILL)
                    if time.monotonic() > deadline:
                        break
                    time.sleep(0.005)


def hierarchies() -> Hierarchies:
    """Those that this process may make groups in, tried out."""
    v1, v2 = mounted(Path("/proc/self/mounts").read_text())
    found_v2 = _usable_v2(v2) if v2 else {}
    found_v1 = {
        name: folder / _ROOT for name, folder in v1.items() if name not in found_v2 and _can_make(folder / _ROOT)
    }
    return Hierarchies(found_v1, found_v2)


def mounted(mounts: str) -> tuple[dict[str, Path], Path | None]:
    """From /proc/self/mounts: where each controller of version 1 is mounted, and where version 2 is."""
    v1: dict[str, Path] = {}
    v2: Path | None = None
    for line in mounts.splitlines():
        _, where, kind, options, *_ = line.split()
        if kind == "cgroup2":
            v2 = v2 or Path(where)
        elif kind == "cgroup":
            for name in set(CONTROLLERS) & set(options.split(",")):
                v1.setdefault(name, Path(where))
    return v1, v2


def group(name: str, where: Hierarchies) -> Group:
    """The group of that name, whether it exists or not."""
    return Group(tuple(dict.fromkeys(folder / name for folder in [*where.v1.values(), *where.v2.values()])))


def make(name: str, limits: Limits, where: Hierarchies) -> Group:
    """Make it with these limits, empty. Raises OSError."""
    made = group(name, where)
    made.remove()
    for folder in made.folders:
        folder.mkdir(parents=True)
    for path, value in [*v1_settings(name, limits, where.v1), *v2_settings(name, limits, where.v2)]:
        if path.exists():  # kernels are built without accounting of swap
            path.write_text(value)
    return made


def v1_settings(name: str, limits: Limits, folders: dict[str, Path]) -> list[tuple[Path, str]]:
    """What to write where, in order: Documentation/admin-guide/cgroup-v1."""
    files = {
        "cpu": (
            ("cpu.cfs_period_us", str(_PERIOD_US)),
            ("cpu.cfs_quota_us", str(int(limits.cpu_cores * _PERIOD_US))),
        ),
        "memory": (
            ("memory.limit_in_bytes", str(limits.memory_bytes)),
            ("memory.memsw.limit_in_bytes", str(limits.memory_bytes)),
        ),
        "pids": (("pids.max", str(limits.processes)),),
    }
    return [(folders[key] / name / file, value) for key in folders for file, value in files[key]]


def v2_settings(name: str, limits: Limits, folders: dict[str, Path]) -> list[tuple[Path, str]]:
    """The same for version 2: Documentation/admin-guide/cgroup-v2.rst."""
    files = {
        "cpu": (("cpu.max", f"{int(limits.cpu_cores * _PERIOD_US)} {_PERIOD_US}"),),
        "memory": (("memory.max", str(limits.memory_bytes)), ("memory.swap.max", "0")),
        "pids": (("pids.max", str(limits.processes)),),
    }
    return [(folders[key] / name / file, value) for key in folders for file, value in files[key]]


def _usable_v2(mount: Path) -> dict[str, Path]:
    """The controllers that can be handed down to groups of ours: below the root, or below what systemd gave a user."""
    uid = os.geteuid()
    for above in (mount, mount / "user.slice" / f"user-{uid}.slice" / f"user@{uid}.service"):
        base = above / _ROOT
        try:
            offered = set((above / "cgroup.controllers").read_text().split()) & set(CONTROLLERS)
            if not offered or not os.access(above / "cgroup.procs", os.W_OK):
                continue
            wanted = " ".join(f"+{name}" for name in sorted(offered))
            (above / "cgroup.subtree_control").write_text(wanted)
            base.mkdir(exist_ok=True)
            (base / "cgroup.subtree_control").write_text(wanted)
        except OSError:
            continue
        return dict.fromkeys(sorted(offered), base)
    return {}


def _can_make(folder: Path) -> bool:
    try:
        folder.mkdir(exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)
