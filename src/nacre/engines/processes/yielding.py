"""How a process gives way to whatever else the machine has to do."""

import contextlib
import os
from pathlib import Path

_NICE = 10


def give_way() -> None:
    """Have this process run with what others leave of the processors.

    Where Linux shares them by session first (sched_autogroup, sched(7)), a nice value counts only against the same
    session, so that a session of its own has to be lowered too.
    """
    os.nice(_NICE)
    if os.getsid(0) == os.getpid():
        with contextlib.suppress(OSError):  # a kernel without it
            Path("/proc/self/autogroup").write_text(str(_NICE))
