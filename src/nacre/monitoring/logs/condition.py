"""How the process that follows logs does: it says so in a file now and then, and the daemon measures it by that."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from math import nan
from pathlib import Path

FILE = "condition.json"
TELL_EVERY_S = 2.0
_SILENT_S = 60.0
_BEGINNING_S = 30.0


@dataclass(frozen=True)
class Condition:
    """`lines` and `left_out_bytes` grow while it runs; `behind_bytes` is what it has yet to read, `late_s` for how long
    the source that is behind for longest has been so, `unkept` how many sources cannot be kept now.

    `looked_at_s` is by the machine's monotonic clock, which all its processes share.
    """

    looked_at_s: float
    lines: int = 0
    behind_bytes: int = 0
    late_s: float = 0.0
    left_out_bytes: int = 0
    unkept: int = 0


@dataclass(frozen=True)
class Following:
    """`runs` tells of its process; one that stands still does not look any more. One that has just been started is not
    known to follow or not before it has said so."""

    file: Path
    runs: Callable[[], bool]
    begun_s: float = field(default_factory=time.monotonic)

    def numbers(self) -> tuple[float, ...]:
        """In the order of the daemon's measures: whether it follows, then all the rest."""
        told = told_in(self.file)
        now_s = time.monotonic()
        if told is None or told.looked_at_s > now_s:  # of before the machine was started
            return (nan if now_s - self.begun_s < _BEGINNING_S else 0.0, nan, nan, nan, nan, nan)
        follows = self.runs() and now_s - told.looked_at_s < _SILENT_S
        return (float(follows), told.lines, told.behind_bytes, told.late_s, told.left_out_bytes, told.unkept)


def tell(file: Path, condition: Condition) -> None:
    """Whole or not at all. Raises OSError."""
    fresh = file.with_name(f"{file.name}.new")
    fresh.write_text(json.dumps(asdict(condition)))
    fresh.replace(file)


def told_in(file: Path) -> Condition | None:
    try:
        return Condition(**json.loads(file.read_text()))
    except (OSError, ValueError, TypeError):
        return None
