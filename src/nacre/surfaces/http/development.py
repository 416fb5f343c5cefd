"""Mode dev: when Nacre's own code has changed and still loads, the daemon's process starts over with it."""

import asyncio
import os
import sys
from pathlib import Path

import structlog

import nacre

SOURCE = Path(nacre.__file__).parent
_LOOK_EVERY_S = 0.5
_LOADS = """
import nacre.daemon, nacre.surfaces.http.main
from nacre.surfaces.registry import all_operations
all_operations()
"""
_log = structlog.get_logger()


async def sound_change(source: Path = SOURCE) -> None:
    """Return once the code has changed into something that can be imported; what cannot is told and waited out."""
    seen = await asyncio.to_thread(_stamp, source)
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        now = await asyncio.to_thread(_stamp, source)
        if now == seen:
            continue
        seen = now
        fault = await _fault()
        if not fault:
            return
        _log.error("the changed code does not load", fault=fault)


def start_over() -> None:
    """Become a new process in place of this one: same number, same arguments, new code."""
    _log.info("the code has changed: starting over")
    again = [word for word in sys.orig_argv[1:] if not word.startswith("--report-to")]
    os.execv(sys.executable, [sys.executable, *again])  # noqa: S606


def _stamp(source: Path) -> frozenset[tuple[str, int]]:
    return frozenset(
        (str(path), path.stat().st_mtime_ns) for path in source.rglob("*") if path.suffix in {".py", ".sql", ".json"}
    )


async def _fault() -> str:
    """What importing all of it says, in a process of its own; empty when it works."""
    trying = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _LOADS, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, said = await trying.communicate()
    return "" if trying.returncode == 0 else said.decode(errors="replace")[-2000:] or "it ended without a word"
