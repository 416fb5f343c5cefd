"""What processes use, each together with all that it started: one look at /proc for all who ask at the same time."""

import os
import threading
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass

_KEPT_S = 0.5
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Usage:
    """`cpu_s` is the processor time of those that run and of those among them that have ended, `memory_bytes` what is
    resident, where what they share counts with each."""

    cpu_s: float = 0.0
    memory_bytes: int = 0
    processes: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(self.cpu_s + other.cpu_s, self.memory_bytes + other.memory_bytes, self.processes + other.processes)


class Processes:
    """Thread-safe."""

    def __init__(self) -> None:
        self._looking = threading.Lock()
        self._seen: dict[int, tuple[int, Usage]] = {}
        self._seen_s = float("-inf")

    def trees(self, roots: Collection[int]) -> dict[int, Usage]:
        """By each of these processes that runs: what it and its descendants use. Where one of them descends from
        another, it counts by itself alone."""
        if not roots:
            return {}
        with self._looking:
            began = any(pid not in self._seen for pid in roots)
            if began or time.monotonic() - self._seen_s > _KEPT_S:
                self._seen, self._seen_s = dict(_all()), time.monotonic()
            seen = self._seen
        found: dict[int, Usage] = {}
        for pid, (_, usage) in seen.items():
            root = _root(pid, roots, seen)
            if root is not None:
                found[root] = found.get(root, Usage()) + usage
        return found


def _root(pid: int, roots: Collection[int], seen: dict[int, tuple[int, Usage]]) -> int | None:
    """The nearest above it, itself included."""
    for _ in range(64):
        if pid in roots:
            return pid
        if pid not in seen:
            return None
        pid = seen[pid][0]
    return None


def _all() -> Iterator[tuple[int, tuple[int, Usage]]]:
    """By its number: the parent of each process, and what it uses itself; proc_pid_stat(5)."""
    for entry in os.scandir("/proc"):
        name = entry.name
        if not name.isdecimal():
            continue
        try:
            # There are hundreds: without Python's layers above the file.
            opened = os.open(f"/proc/{name}/stat", os.O_RDONLY)
            try:
                text = os.read(opened, 4096)
            finally:
                os.close(opened)
        except OSError:  # it has ended
            continue
        # The name is in brackets and may hold anything.
        fields = text[text.rindex(b")") + 2 :].split(None, 22)
        cpu_s = sum(map(int, fields[11:15])) * _TICK_S
        yield int(name), (int(fields[1]), Usage(cpu_s, int(fields[21]) * _PAGE_BYTES, 1))
