"""How much memory a process and its descendants really hold."""

import contextlib
from pathlib import Path

import psutil


def pss_bytes(pid: int) -> int:
    """Proportional set size of the process and its descendants, in bytes: shared pages count by their share.

    From /proc/PID/smaps_rollup (proc_pid_smaps(5)); 0 when the process is gone. Needs to be root or its owner.
    """
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        return sum(own_pss_bytes(one.pid) for one in (process, *process.children(recursive=True)))
    return 0


def own_pss_bytes(pid: int) -> int:
    """The same for the process alone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
