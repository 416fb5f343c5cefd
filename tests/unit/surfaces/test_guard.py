"""Who stays beside a daemon ends with it, whenever it is told to."""

import signal
import sys

from nacre.surfaces.cli.guard import _Guarded


def test_a_daemon_that_was_being_started_as_its_guard_was_told_to_end_ends_too() -> None:
    guarded = _Guarded([sys.executable, "-c", "import time; time.sleep(20)"])
    guarded.end(signal.SIGTERM, None)
    assert guarded.run() == -signal.SIGTERM
    assert not guarded.rest(20)
