"""A real runner in a process of its own, whose jobs of the kind “test” wait for what the test does.

    python runner_process.py URL TOKEN FOLDER SLOTS

A job notes in FOLDER that it was begun (JOB.FENCE.begun, with its process), that it was told to leave off (.left), and
ends once there is a file JOB.go; then it notes that it came to its end (.ended).
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from nacre.core.errors import Conflict
from nacre.jobs.job import Claim
from nacre.jobs.worker import Cancelled, Say
from nacre.nodes.remote import RemoteQueue
from nacre.nodes.running import run_runners, slots_of

KIND = "test"


class Waiting:
    """A nacre.jobs.worker.Work that does as this module says."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, claim: Claim, say: Say, cancelled: Cancelled) -> dict[str, Any]:
        self._note(claim, "begun")
        say(f"job {claim.job_id} begun by {claim.runner}\n".encode())
        while not (self._folder / f"{claim.job_id}.go").exists():
            if cancelled():
                self._note(claim, "left")
                raise Conflict("build-cancelled", "It was told to leave off.")
            time.sleep(0.01)
        self._note(claim, "ended")
        return {"pid": os.getpid()}

    def _note(self, claim: Claim, what: str) -> None:
        (self._folder / f"{claim.job_id}.{claim.fence}.{what}").write_text(str(os.getpid()))


def main(url: str, token: str, folder: str, slots: str) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    works = {KIND: Waiting(Path(folder))}
    run_runners(
        RemoteQueue(url, token), works, slots_of("", int(slots)), stop, lambda hello: print("joined", flush=True)
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
