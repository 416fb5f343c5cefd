"""Which processes of this machine belong to this home, and which sandboxes it has."""

import os
from dataclasses import dataclass
from pathlib import Path

import psutil

from nacre.engines.processes import record
from nacre.engines.processes.identity import is_running
from nacre.engines.sandbox.layout import Layout

_MARK = b"NACRE_SANDBOX="


@dataclass(frozen=True)
class Household:
    """`daemon` is the pid of whoever holds the home, None when nobody does; `members` are the pids of all that belong
    to it; `sandboxes` the pid of each sandbox's first process, by the sandbox's folder."""

    daemon: int | None
    members: frozenset[int]
    sandboxes: dict[Path, int]


def household(home: Path, daemon: int | None) -> Household:
    """Ours is what works below the home, what is marked as part of a sandbox of it, and what any of these started."""
    seen = {process.pid: process for process in psutil.process_iter(["ppid"])}
    ours = {pid for pid in seen if pid == daemon or _works_in(pid, home) or _is_marked(pid, home)}
    sandboxes = dict(_sandboxes(home / "run"))
    ours |= set(sandboxes.values())
    parents = {pid: int(process.info["ppid"] or 0) for pid, process in seen.items()}
    return Household(daemon, frozenset(pid for pid in seen if _descends(pid, ours, parents)), sandboxes)


def _sandboxes(run: Path) -> list[tuple[Path, int]]:
    found = []
    name = Layout(Path()).record.name
    for path in sorted(path for depth in range(2, 5) for path in run.glob("*/" * depth + name)):
        known = record.read(path)
        if known is not None and is_running(known):
            found.append((path.parent, known.pid))
    return found


def _works_in(pid: int, home: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").readlink().is_relative_to(home)
    except OSError:
        return False


def _is_marked(pid: int, home: Path) -> bool:
    try:
        words = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False
    return any(word.startswith(_MARK + os.fsencode(home) + b"/") for word in words)


def _descends(pid: int, ours: set[int], parents: dict[int, int]) -> bool:
    """Whether it is one of ours, or was started by one."""
    for _ in range(len(parents)):
        if pid in ours:
            return True
        pid = parents.get(pid, 0)
        if pid == 0:
            return False
    return False
