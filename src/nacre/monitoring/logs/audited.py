"""Writes the audit into a log, a line of JSON for each entry once it is known what came of it: none lost, none twice.

The audit in data.db counts entries in the order in which they ended, and each line has that number. So the log itself
says how far it is, and whatever ends the daemon between the two, the next one goes on from there.
"""

import json
import os
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from nacre.core.audit import Audit, Ended
from nacre.core.clock import Clock
from nacre.engines.processes.logs import held_bytes, open_log

_AT_ONCE = 500
_OLDEST = timedelta(days=29)
"""What is older than that is told no more: of a line of another month nobody would believe the time (stamp.py)."""
_LAST_BYTES = 128 << 10
_LARGEST_ARGUMENTS = 8 << 10
_SET_ASIDE_BYTES = 16 << 20


class AuditLog:
    """Used by one thread. A follower gives back the disk of what it has read; without one, files are set aside."""

    def __init__(self, audit: Audit, path: Path, clock: Clock) -> None:
        """To be made before anything is asked of this daemon."""
        self._audit = audit
        self._clock = clock
        self._path = path
        # An earlier copy of data.db, put back, counts anew from where it was.
        self._told = min(told_in(path), audit.last_ended())

    def look(self) -> None:
        """Write what ended since. Raises OSError; what was not written then is at the next look."""
        while ended := self._audit.ended_after(self._told, _AT_ONCE):
            oldest = self._clock() - _OLDEST
            self._write([entry for entry in ended if entry.time > oldest])
            self._told = ended[-1].ended

    def _write(self, entries: Sequence[Ended]) -> None:
        lines, written = b"".join(map(line, entries)), 0
        file = self._opened()
        try:
            if not _ends_whole(file):
                os.write(file, b"\n")
            while written < len(lines):
                written += os.write(file, lines[written:])
        finally:
            os.close(file)
            if whole := lines[:written].count(b"\n"):
                self._told = entries[whole - 1].ended

    def _opened(self) -> int:
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        if held_bytes(os.fstat(file)) <= _SET_ASIDE_BYTES:
            return file
        os.close(file)
        os.close(open_log(self._path))
        return self._opened()


def line(entry: Ended) -> bytes:
    """Its time is when it was asked; `arguments` are as the audit keeps them, without what is secret."""
    arguments = entry.arguments
    if (size := len(json.dumps(arguments))) > _LARGEST_ARGUMENTS:
        arguments = {"left_out": f"({size} characters, which `nacre audit list --before {entry.id + 1}` has)"}
    document = {
        "time": entry.time.isoformat(timespec="milliseconds"),
        "level": "info" if entry.outcome == "done" else "warning",
        "who": entry.who,
        "surface": entry.surface,
        "operation": entry.operation,
        "project": entry.project,
        "branch": entry.branch,
        "outcome": entry.outcome,
        "code": entry.code,
        "request_id": entry.request_id,
        "ms": None if entry.seconds is None else round(entry.seconds * 1000),
        "arguments": arguments,
        "entry": entry.id,
        "ended": entry.ended,
    }
    said = {name: value for name, value in document.items() if value is not None}
    return json.dumps(said, ensure_ascii=False).encode(errors="backslashreplace") + b"\n"


def told_in(path: Path) -> int:
    """Up to which entry the log tells, in the order in which they ended; 0 where there is none that says so."""
    for each in (path, path.with_name(f"{path.name}.1")):
        for text in _last_lines(each):
            try:
                return int(json.loads(text)["ended"])
            except (ValueError, TypeError, KeyError):
                continue  # what was cut off, or written by another
    return 0


def _last_lines(path: Path) -> Iterable[bytes]:
    """The last first, those that are whole."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _LAST_BYTES))
            *whole, _cut = file.read().split(b"\n")
    except OSError:
        return []
    return reversed(whole)


def _ends_whole(file: int) -> bool:
    """Whether it has no half of a line at its end, as a kill leaves one: that stays, and its entry is told anew."""
    size = os.fstat(file).st_size
    return size == 0 or os.pread(file, 1, size - 1) == b"\n"
