"""What a process uses counts with all that it started, and by itself where it is asked for by itself."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.waiting import eventually

from nacre.engines.host.processes import Processes, Usage

_PROGRAM = "import os, time; os.fork(); held = bytearray(8 << 20); held[::4096] = b'x' * 2048; time.sleep(600)"


@contextmanager
def two() -> Iterator[int]:
    """A process and one that it started."""
    process = subprocess.Popen([sys.executable, "-c", _PROGRAM], start_new_session=True)
    try:
        yield process.pid
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_what_a_process_started_counts_with_it() -> None:
    processes = Processes()
    with two() as pid:
        eventually(lambda: _of(processes, pid).processes == 2 and _of(processes, pid).memory_bytes > 20e6)
        found = processes.trees({os.getpid(), pid})
        assert found[os.getpid()].processes >= 1 and found[pid].processes == 2, "each by itself alone"
        assert found[os.getpid()].cpu_s > 0
    eventually(lambda: pid not in processes.trees({pid}))


def _of(processes: Processes, pid: int) -> Usage:
    return processes.trees({pid}).get(pid, Usage())
