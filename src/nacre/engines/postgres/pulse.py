"""Whether anybody uses a cluster, told by its processes alone: that needs no session and costs the cluster nothing.

proc_pid_stat(5), proc_pid_task(5).
"""

from dataclasses import dataclass
from pathlib import Path

from nacre.engines.postgres.postmaster import Postmaster

_NOTHING_TICKS = 20
"""Hundredths of a second of a processor: what autovacuum takes in some minutes to see that there is nothing to do, with
what Nacre itself asks at times; some thirty sessions of others."""


@dataclass(frozen=True)
class Pulse:
    """The processes of a cluster, and what those of them have taken of processors that ended, in ticks."""

    postmaster: Postmaster
    children: frozenset[int]
    ended_ticks: int


def feel(postmaster: Postmaster) -> Pulse | None:
    """None where it is gone, stands still, or cannot be told."""
    own = Path(f"/proc/{postmaster.pid}")
    try:
        fields = (own / "stat").read_text().rpartition(")")[2].split()
        children = (own / "task" / own.name / "children").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    if fields[0] in "ZXTt" or int(fields[19]) != postmaster.start_ticks:
        return None
    return Pulse(postmaster, frozenset(map(int, children.split())), int(fields[13]) + int(fields[14]))


def feel_of(session: int) -> Pulse | None:
    """As `feel`, of the cluster of which this process is a session."""
    try:
        parent = int(Path(f"/proc/{session}/stat").read_text().rpartition(")")[2].split()[1])
        ticks = int(Path(f"/proc/{parent}/stat").read_text().rpartition(")")[2].split()[19])
    except (FileNotFoundError, ProcessLookupError):
        return None
    return feel(Postmaster(parent, ticks))


def was_used(before: Pulse, now: Pulse) -> bool:
    """Whether somebody came meanwhile who is still there, or some came and went."""
    if before.postmaster != now.postmaster or now.ended_ticks - before.ended_ticks > _NOTHING_TICKS:
        return True
    return not all(_is_autovacuum(pid) for pid in now.children - before.children)


def _is_autovacuum(pid: int) -> bool:
    try:
        return b"autovacuum worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):  # whatever it was, it took next to nothing
        return True
