"""What the verbs of alerts answer."""

from datetime import datetime
from typing import Literal

from pydantic import RootModel

from nacre.core.clock import system_clock
from nacre.core.errors import InvalidInput
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.monitoring.alerts.alerter import Alerter
from nacre.monitoring.alerts.book import AlertBook, Event
from nacre.monitoring.alerts.channels import Channel
from nacre.monitoring.alerts.rules import DEFAULTS, Level, Rule
from nacre.monitoring.alerts.states import News, Stage
from nacre.monitoring.alerts.units import FormulaUnit
from nacre.monitoring.sample import Subject
from nacre.monitoring.seeing import may_see


class AlertShown(Answer):
    """`stage` is pending while the condition has not held for long enough; `silenced` that nobody is told; `above`
    that it holds above the bound, else below it."""

    rule: str
    kind: str
    label: str
    title: str
    level: Level
    stage: Stage
    value: float
    bound: float
    above: bool
    unit: FormulaUnit
    since: datetime
    fired_at: datetime | None
    acknowledged_by: str | None
    silenced: bool


class EventShown(Answer):
    """`state` is sent, waiting, failed (no channel took it), or unheard: there was no channel for it."""

    id: int
    time: datetime
    rule: str
    kind: str
    label: str
    title: str
    level: Level
    news: News
    value: float
    unit: FormulaUnit
    state: str
    error: str


class RuleShown(Answer):
    """It holds while `formula` is above or below a number. `origin` tells whether it is ours, ours and changed, or
    people's own."""

    name: str
    kind: str
    title: str
    formula: str
    unit: FormulaUnit
    above: float | None
    below: float | None
    hold_s: float
    level: Level
    scope: str
    enabled: bool
    origin: Literal["built-in", "changed", "own"]


class Trial(Answer):
    """What a formula gives for one subject now; None where it is not known. `holds` tells whether a rule would."""

    label: str
    value: float | None
    holds: bool


class Tried(Answer):
    """In what its value is counted, and what it is for each that the rule is for."""

    unit: FormulaUnit
    subjects: list[Trial]


class SilenceShown(Answer):
    id: int
    rule: str
    label: str
    until: datetime
    reason: str
    made_by: str


class AlertList(RootModel[list[AlertShown]]):
    pass


class EventList(RootModel[list[EventShown]]):
    pass


class SilenceList(RootModel[list[SilenceShown]]):
    pass


class RuleList(RootModel[list[RuleShown]]):
    pass


class ChannelList(RootModel[list[Channel]]):
    pass


def listed(alerter: Alerter, who: Principal) -> list[AlertShown]:
    """What this person may see of what fires, or will if it goes on, the worst first."""
    rules, now = alerter.rules(), system_clock()
    found = [
        AlertShown(
            rule=name, kind=rule.kind, label=label, title=rule.title, level=rule.level, stage=alert.stage,
            value=alert.value, bound=rule.bound, above=rule.above is not None, unit=_unit(rule),
            since=alert.since, fired_at=alert.fired_at,
            acknowledged_by=alert.acknowledged_by, silenced=alerter.is_silenced((name, label), now),
        )
        for (name, label), alert in alerter.standing().items()
        if (rule := rules.get(name)) is not None and may_see(who, Subject(rule.kind, label))
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.stage != Stage.FIRING, -one.level.rank, one.since))


def rule_shown(rule: Rule) -> RuleShown:
    ours = {one.name: one for one in DEFAULTS}.get(rule.name)
    origin = "own" if ours is None else "built-in" if ours == rule else "changed"
    return RuleShown.model_validate({**rule.model_dump(), "origin": origin, "unit": _unit(rule)})


def event_shown(event: Event, rule: Rule | None) -> EventShown:
    shown = {name: getattr(event, name) for name in EventShown.model_fields if name != "unit"}
    return EventShown.model_validate(shown | {"unit": _unit(rule)})


def silences_of(book: AlertBook) -> SilenceList:
    return SilenceList([SilenceShown.model_validate(one, from_attributes=True) for one in book.silences()])


def rules_of(book: AlertBook) -> RuleList:
    return RuleList([rule_shown(rule) for rule in book.rules()])


def _unit(rule: Rule | None) -> FormulaUnit:
    """Empty where its formula speaks of what is no longer measured."""
    try:
        return rule.read.unit if rule else ""
    except InvalidInput:
        return ""
