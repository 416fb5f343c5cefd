"""Whether this Nacre can do its work now, for whoever stands before it and may send requests elsewhere."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

_log = structlog.get_logger()


@dataclass(frozen=True)
class Readiness:
    """`parts` are what it cannot do without, each with a question that is answered at once."""

    parts: Mapping[str, Callable[[], bool]]

    def lacking(self) -> list[str]:
        """The parts that do not work now; empty when it is ready."""
        return [name for name, works in self.parts.items() if not _answered(name, works)]


def _answered(name: str, works: Callable[[], bool]) -> bool:
    try:
        return works()
    except Exception:  # whatever is wrong with it, it does not work
        _log.exception("not ready", part=name)
        return False
