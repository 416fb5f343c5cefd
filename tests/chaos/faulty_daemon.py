"""A daemon with a tracer that kills what the test armed, forked from a process that has imported everything already.

Run as a program it reads “up” from standard input, forks a daemon, and answers “ready PID” once it serves and
“gone STATUS” once it has ended; a fork starts in a fraction of the time that a fresh interpreter needs.

Faults lie in HOME/faults.json: [{"kind", "step", "when", "do"}, …]. The first of them strikes, once, when the
procedure comes to that point, in the ordinary run or in a recovery; then the next one is the first.
"""

import asyncio
import json
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import uvloop

import nacre.surfaces.http.app  # noqa: F401  (imported here, so that no fork has to)
from nacre.core.errors import Failed
from nacre.core.procedures import Procedures, Tracer
from nacre.core.settings import load
from nacre.daemon import Daemon
from nacre.engines.processes import record
from nacre.engines.processes.identity import send
from nacre.gateway.switchboard import Switchboard
from nacre.surfaces.http.log import log_to_stderr
from nacre.surfaces.http.serve import serve
from nacre.surfaces.registry import all_operations


def main() -> None:
    log_to_stderr()
    all_operations()
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            live()
        _, status = os.waitpid(pid, 0)
        print("gone", os.waitstatus_to_exitcode(status), flush=True)


def live() -> None:
    """Be a daemon to the end of this process."""
    code = 1
    try:
        os.setsid()
        sys.stdin.close()
        uvloop.run(until_signalled())
        code = 0
    finally:
        os._exit(code)


async def until_signalled() -> None:
    settings, _ = load(os.environ, {})
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    daemon = Daemon(settings, trace=striking(settings.home))
    await serve(daemon, settings, lambda: tell_ready(daemon, settings.home), stop)


def tell_ready(daemon: Daemon, home: Path) -> None:
    """Also say which procedures there are, so that the test knows that it enumerates all of them."""
    kinds = {kind.kind: [step.name for step in kind.steps()] for kind in daemon.service(Procedures).kinds}
    (home / "procedures.json").write_text(json.dumps(kinds))
    print("ready", os.getpid(), flush=True)


def striking(home: Path) -> Tracer:
    armed = home / "faults.json"

    def trace(kind: str, step: str, when: str) -> None:
        try:
            faults = json.loads(armed.read_text())
        except FileNotFoundError:
            return
        if not faults or (faults[0]["kind"], faults[0]["step"], faults[0]["when"]) != (kind, step, when):
            return
        fresh = armed.with_suffix(".new")
        fresh.write_text(json.dumps(faults[1:]))
        fresh.replace(armed)
        strike(faults[0]["do"], home)

    return trace


def strike(what: str, home: Path) -> None:
    if what in ("postmaster", "postgres", "both"):
        for pid in postgres_in(home, only_postmasters=what == "postmaster"):
            with suppress(ProcessLookupError):  # a child goes with its postmaster
                os.kill(pid, signal.SIGKILL)
    if what == "all":
        for found in (home / "run" / "gateway.json", serving(home) / "record.json"):
            kill_recorded(found)
        strike_working(home)
    if what in ("daemon", "both", "all"):
        os.kill(os.getpid(), signal.SIGKILL)
    if what in ("gateway", "serving"):
        found = home / "run" / "gateway.json" if what == "gateway" else serving(home) / "record.json"
        if not kill_recorded(found):
            raise Failed("not-struck", f"There is no {what} to strike.")
    if what == "working" and not strike_working(home):  # its phase only begins: it is struck once it is at work
        threading.Thread(target=strike_once_at_work, args=(home,), daemon=True).start()
    if what == "fail":
        raise Failed("struck", "The test made this step fail.")


def strike_once_at_work(home: Path) -> None:
    while not strike_working(home):
        time.sleep(0.005)


def strike_working(home: Path) -> bool:
    """Kill the sandbox that builds, runs the release command, or is to serve next, once something in it has spoken."""
    now = serving(home)
    newer = [folder for folder in now.parent.iterdir() if folder.name.isdigit() and int(folder.name) > int(now.name)]
    for folder in (*(home / "run" / "build").glob("*"), *now.parent.glob("x*"), *newer):
        spoke = any(log.stat().st_size for log in (folder / "log").glob("*.log"))
        if spoke and kill_recorded(folder / "record.json"):
            return True
    return False


def serving(home: Path) -> Path:
    return Switchboard(home / "run" / "switchboard").lines()["shop"].parent.parent


def kill_recorded(record_path: Path) -> bool:
    found = record.read(record_path)
    return found is not None and send(found, signal.SIGKILL)


def postgres_in(home: Path, *, only_postmasters: bool = False) -> list[int]:
    """Every Postgres process works inside its data directory; a postmaster is the one that its postmaster.pid names."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (cwd := (entry / "cwd").readlink()).is_relative_to(home):
                first = (cwd / "postmaster.pid").read_text().split("\n", 1)[0] if only_postmasters else entry.name
                if first == entry.name:
                    found.append(int(entry.name))
        except OSError:
            continue  # it ended meanwhile
    return found


if __name__ == "__main__":
    main()
