"""Which light a subject has, going by what fires for it. Pure."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from nacre.monitoring.alerts.rules import Level
from nacre.monitoring.alerts.states import Stage


class Light(StrEnum):
    """From the best to the worst. It is unknown while nothing is measured."""

    GOOD = "good"
    ATTENTION = "attention"
    UNKNOWN = "unknown"
    BAD = "bad"

    @property
    def rank(self) -> int:
        return list(Light).index(self)


def light_of(alerts: Iterable[tuple[Level, Stage]], measured: bool) -> Light:
    """What is critical and has not held for long is looked at, and so is what warns; what only informs is no trouble.
    Whether people are told of it or see to it already makes no difference: it is so."""
    found = list(alerts)
    if (Level.CRITICAL, Stage.FIRING) in found:
        return Light.BAD
    if not measured:
        return Light.UNKNOWN
    if (Level.WARNING, Stage.FIRING) in found or (Level.CRITICAL, Stage.PENDING) in found:
        return Light.ATTENTION
    return Light.GOOD


def worst(lights: Sequence[Light]) -> Light:
    """Of nothing at all nothing is known."""
    return max(lights, key=lambda light: light.rank, default=Light.UNKNOWN)
