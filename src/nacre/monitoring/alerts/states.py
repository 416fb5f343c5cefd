"""How an alert comes and goes. Pure: what is known of it, and what was seen now, give what is known next.

    quiet ──condition──> pending ──held long enough──> firing ──condition gone for a while──> quiet (resolved)
                            └──condition gone──> quiet

Whoever sees it can acknowledge it, and then hears no more of it until it is resolved. What is silenced fires as ever,
and nobody is told. Both are no states of their own: they say who is told.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class Stage(StrEnum):
    PENDING = "pending"
    FIRING = "firing"


class News(StrEnum):
    """What is to be told. A repeat says that it still fires and nobody has acknowledged it."""

    FIRED = "fired"
    REPEATED = "repeated"
    RESOLVED = "resolved"


@dataclass(frozen=True)
class Timing:
    """How long the condition must hold, how long it must be gone, and how often people are told again.

    What is not known for as long as `forgotten` is over.
    """

    hold: timedelta
    rest: timedelta
    repeat: timedelta
    forgotten: timedelta = timedelta(minutes=30)


@dataclass(frozen=True)
class Alert:
    """`since` is when the condition began to hold, `fired_at` when it had held for long enough; `told_at` when somebody
    was told last; `calm_since` since when the condition has been gone, None while it holds; `unknown_since` since when
    it is not known whether it holds."""

    stage: Stage
    since: datetime
    value: float
    fired_at: datetime | None = None
    told_at: datetime | None = None
    calm_since: datetime | None = None
    acknowledged_by: str | None = None
    unknown_since: datetime | None = None


def step(
    alert: Alert | None, holds: bool | None, value: float, now: datetime, timing: Timing, *, silenced: bool = False
) -> tuple[Alert | None, News | None]:
    """What becomes of an alert, None being none. `holds` None: nothing was measured, so nothing changes for a while."""
    if holds is None:
        return (None, None) if alert is None else _unknown(alert, now, timing, silenced)
    if alert is None:
        if not holds:
            return None, None
        alert = Alert(Stage.PENDING, now, value)
    alert = replace(_brought_near(alert, now), unknown_since=None)
    if alert.stage == Stage.PENDING:
        return _pending(alert, holds, value, now, timing, silenced)
    return _firing(alert, holds, value, now, timing, silenced)


def _unknown(alert: Alert, now: datetime, timing: Timing, silenced: bool) -> tuple[Alert | None, News | None]:
    since = min(alert.unknown_since or now, now)
    if now - since < timing.forgotten:
        return replace(alert, unknown_since=since), None
    return None, None if silenced or alert.told_at is None else News.RESOLVED


def _brought_near(alert: Alert, now: datetime) -> Alert:
    """What is said to be still to come was noted before the clock was set back: it is as of now."""
    if all(time is None or time <= now for time in (alert.since, alert.told_at, alert.calm_since)):
        return alert
    told_at, calm_since = (time and min(time, now) for time in (alert.told_at, alert.calm_since))
    return replace(alert, since=min(alert.since, now), told_at=told_at, calm_since=calm_since)


def _pending(
    alert: Alert, holds: bool, value: float, now: datetime, timing: Timing, silenced: bool
) -> tuple[Alert | None, News | None]:
    if not holds:
        return None, None
    if now - alert.since < timing.hold:
        return replace(alert, value=value), None
    fired = replace(alert, stage=Stage.FIRING, value=value, fired_at=now)
    return (fired, None) if silenced else (replace(fired, told_at=now), News.FIRED)


def _firing(
    alert: Alert, holds: bool, value: float, now: datetime, timing: Timing, silenced: bool
) -> tuple[Alert | None, News | None]:
    if not holds:
        calm_since = alert.calm_since or now
        if now - calm_since < timing.rest:
            return replace(alert, value=value, calm_since=calm_since), None
        return None, None if silenced or alert.told_at is None else News.RESOLVED
    alert = replace(alert, value=value, calm_since=None)
    if silenced or alert.acknowledged_by is not None:
        return alert, None
    if alert.told_at is None:
        return replace(alert, told_at=now), News.FIRED  # it was silenced when it fired, and is not any more
    if now - alert.told_at >= timing.repeat:
        return replace(alert, told_at=now), News.REPEATED
    return alert, None
