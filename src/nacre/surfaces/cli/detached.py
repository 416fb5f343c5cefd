"""Starting the daemon in the background: the parent waits on a pipe until the child says it is ready, or why not."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nacre.core.errors import Failed, NacreError
from nacre.core.progress import Step
from nacre.core.settings import Settings
from nacre.surfaces.cli.running import GUARD

_GUARD_ENDS_WITHIN_S = 5.0


class Report:
    """The child's end of the pipe."""

    def __init__(self, descriptor: int) -> None:
        self._pipe = os.fdopen(descriptor, "w", buffering=1)

    def step(self, step: Step) -> None:
        self._say({"step": asdict(step)})

    def ready(self) -> None:
        self._say({"ready": os.getpid()})
        self._pipe.close()

    def failed(self, error: NacreError) -> None:
        self._say(error.document())

    def _say(self, message: dict[str, Any]) -> None:
        # The parent may have been interrupted: that is no reason to stop.
        if not self._pipe.closed:
            try:
                self._pipe.write(json.dumps(message) + "\n")
            except BrokenPipeError:
                pass


def start_detached(settings: Settings, flags: Sequence[str], on_step: Callable[[Step], None]) -> int:
    """Start `nacre up` in a session of its own, with a guard that starts it again when it is killed, its output in the
    home's log; returns the daemon's process id once it is ready.

    Raises what the daemon was refused with, or Failed "daemon-died".
    """
    log = settings.logs / "daemon.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    settings.run.mkdir(mode=0o755, parents=True, exist_ok=True)
    reading, writing = os.pipe()
    with os.fdopen(reading) as pipe, log.open("ab") as output:
        child = subprocess.Popen(
            guarded_argv(settings.run / GUARD, writing, flags),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(writing,),
            start_new_session=True,
        )
        os.close(writing)
        return _wait(pipe, child, str(log), on_step)


def guarded_argv(held: Path, report_to: int, flags: Sequence[str]) -> list[str]:
    """The command that starts the guard, and in it the one that starts the daemon."""
    python = [sys.executable, "-m"]
    return [*python, "nacre.surfaces.cli.guard", str(held), *python, "nacre", "up", f"--report-to={report_to}", *flags]


def _wait(pipe: Iterable[str], child: "subprocess.Popen[bytes]", log: str, on_step: Callable[[Step], None]) -> int:
    for line in pipe:
        message = json.loads(line)
        if "ready" in message:
            child.returncode = 0  # ours no longer: keeps Popen from warning that it still runs
            return int(message["ready"])
        if "error" in message:
            child.wait()
            raise NacreError(**message["error"])
        on_step(Step(**message["step"]))
    try:
        how = f"ended (code {child.wait(_GUARD_ENDS_WITHIN_S)})"
    except subprocess.TimeoutExpired:
        how = "was killed, and is being started again,"
    raise Failed("daemon-died", f"The daemon {how} before it was ready.", hint=f"See {log}.")
