"""Prints what was measured for people, beside the promise, and keeps it as JSON in bench/results/."""

import json
import os
import platform
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Line:
    """One figure. `promise` is the most (or with `at_least`, the least) it may be; None where it is only told."""

    what: str
    figure: float
    unit: str = "s"
    promise: float | None = None
    at_least: bool = False
    load: float = field(default_factory=lambda: os.getloadavg()[0])

    @property
    def kept(self) -> bool | None:
        if self.promise is None:
            return None
        return self.figure >= self.promise if self.at_least else self.figure <= self.promise

    def __str__(self) -> str:
        said = f"  {self.what:<66} {self.figure:>9.3f} {self.unit}"
        if self.promise is not None:
            said += f"   promised {'≥' if self.at_least else '≤'} {self.promise:g}: {'kept' if self.kept else 'MISSED'}"
        return said + f"   (load {self.load:.1f})"


class Results:
    """The lines of one benchmark, printed as they come."""

    def __init__(self, name: str, title: str) -> None:
        self.name, self.title = name, title
        self.lines: list[Line] = []
        self.notes: dict[str, object] = {}
        print(f"{name}: {title}", flush=True)

    def add(
        self, what: str, figure: float, unit: str = "s", promise: float | None = None, at_least: bool = False
    ) -> None:
        line = Line(what, figure, unit, promise, at_least)
        self.lines.append(line)
        print(line, flush=True)

    def note(self, what: str, value: object) -> None:
        """Keep something beside the figures, such as the phases of a rewind."""
        self.notes[what] = value
        print(f"    {what}: {_brief(value)}", flush=True)

    def keep(self) -> None:
        """Write the JSON, the newest under the benchmark's name."""
        RESULTS.mkdir(exist_ok=True)
        document = {
            "benchmark": self.name,
            "title": self.title,
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": f"{os.cpu_count()} cores, {_memory_gb()} GB, {platform.system()} {_kernel()}",
            "lines": [{**asdict(line), "kept": line.kept} for line in self.lines],
            "notes": self.notes,
        }
        (RESULTS / f"{self.name}.json").write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def _kernel() -> str:
    return ".".join(platform.release().split(".")[:2])


def _memory_gb() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9)


def _brief(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_brief(one)}" for name, one in value.items())
    return f"{value:.3f}" if isinstance(value, float) else str(value)
