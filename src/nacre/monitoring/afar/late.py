"""That lines of a node are missing here."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Late:
    """Since when, and why."""

    since: datetime
    why: str
