"""What those who follow are told."""

from datetime import datetime

from nacre.core.operations import Answer
from nacre.monitoring.alerts.answers import AlertShown
from nacre.monitoring.health.health import WholeHealth
from nacre.monitoring.marks.marks import Mark


class Measured(Answer):
    """What one subject was, by measure, at each of these moments, in milliseconds since the epoch.

    None stands for what is not known. Counters are told as their growth a second."""

    kind: str
    label: str
    times: list[int]
    numbers: dict[str, list[float | None]]


class WatchNews(Answer):
    """What is new since the news before.

    `health` and `alerts` are whole, and there where they changed; `marks` and `measured` are what came. `anew`: what
    one may see has changed, or one was too slow and something is left out, so that all is to be asked anew.
    """

    time: datetime
    anew: bool
    health: WholeHealth | None
    alerts: list[AlertShown] | None
    marks: list[Mark]
    measured: list[Measured]


class Watched(Answer):
    """So many were told. `last` is the last of them: to whom nothing can be told as it comes, how things are now."""

    told: int
    last: WatchNews | None
