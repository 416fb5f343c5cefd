"""The verbs of alerts: what fires and fired, who is told, by which rules."""

from datetime import timedelta
from math import isfinite
from typing import Annotated

from pydantic import Field, ValidationError

from nacre.core.clock import system_clock
from nacre.core.errors import InvalidInput
from nacre.core.names import check_slug
from nacre.core.operations import Call, Cli, Effect, Private, operation
from nacre.core.principals import Principal, Role
from nacre.monitoring.alerts.alerter import Alerter, alert_not_found
from nacre.monitoring.alerts.answers import (
    AlertList,
    ChannelList,
    EventList,
    RuleList,
    RuleShown,
    SilenceList,
    SilenceShown,
    Trial,
    Tried,
    event_shown,
    listed,
    rule_shown,
    rules_of,
    silences_of,
)
from nacre.monitoring.alerts.book import AlertBook, Event
from nacre.monitoring.alerts.channels import Channel, Channels
from nacre.monitoring.alerts.rules import Level, Rule
from nacre.monitoring.alerts.runbook import Runbook, runbook_of
from nacre.monitoring.sample import Subject
from nacre.monitoring.seeing import may_see

RuleName = Annotated[str, Cli(positional=True), Field(max_length=60, description="A rule.", examples=["postgres-down"])]
Label = Annotated[
    str, Cli(positional=True), Field(max_length=200, description="What it is about: a branch; empty for the machine.")
]


class NoInput(Call):
    pass


class History(Call):
    limit: Annotated[int, Cli(short="-n"), Field(ge=1, le=1000, description="How many, newest first.")] = 50
    before: Annotated[int | None, Field(description="Only those older than this number.")] = None
    rule: Annotated[str | None, Field(max_length=60, description="Only of this rule.")] = None
    label: Annotated[str | None, Field(max_length=200, description="Only about this; empty: the machine.")] = None


class OfAlert(Call):
    rule: RuleName
    label: Label = ""


class MakeSilence(Call):
    rule: RuleName
    label: Annotated[str, Cli(short="-l"), Field(max_length=200, description="About what; * for anything.")] = "*"
    minutes: Annotated[float, Field(gt=0, le=60 * 24 * 30, description="For how long.")] = 60
    reason: Annotated[str, Field(max_length=300, description="Why, for the others.")] = ""


class OfSilence(Call):
    silence: Annotated[int, Cli(positional=True), Field(description="Its number.", examples=[1])]


class SetRule(Call):
    rule: RuleName
    kind: Annotated[str | None, Field(description="What it is about, as host or cluster (of a new rule).")] = None
    formula: Annotated[
        str | None, Field(max_length=300, description="What is looked at: connections / connections_most.")
    ] = None
    above: Annotated[float | None, Field(description="It holds above this.")] = None
    below: Annotated[float | None, Field(description="It holds below this.")] = None
    hold: Annotated[float | None, Field(ge=0, le=7 * 86_400, description="For how many seconds it must hold.")] = None
    level: Annotated[Level | None, Field(description="How bad it is.")] = None
    scope: Annotated[str | None, Field(max_length=200, description="About which: shop*, * for all.")] = None
    title: Annotated[str | None, Field(max_length=120, description="What people are told.")] = None
    enabled: Annotated[bool | None, Field(description="Whether it is on.")] = None


class TryRule(Call):
    kind: Annotated[str, Cli(positional=True), Field(description="What it is about.", examples=["cluster"])]
    formula: Annotated[
        str, Cli(positional=True), Field(max_length=300, description="What is looked at.", examples=["active"])
    ]
    above: Annotated[float | None, Field(description="It holds above this.", examples=[50.0])] = None
    below: Annotated[float | None, Field(description="It holds below this.")] = None
    scope: Annotated[str, Field(max_length=200, description="About which: shop*, * for all.")] = "*"


class OfRule(Call):
    rule: RuleName


class ChannelName(Call):
    channel: Annotated[
        str, Cli(positional=True), Field(max_length=60, description="A channel.", examples=["team-chat"])
    ]


class AddChannel(ChannelName):
    address: Annotated[
        str,
        Private(),
        Cli(positional=True),
        Field(max_length=2000, description="Where, as Apprise writes it.", examples=["json://localhost/alerts"]),
    ]
    least_level: Annotated[Level, Field(description="It is told from this level on.")] = Level.WARNING


@operation("alert.list", "GET /api/alerts", role=Role.VIEWER, effect=Effect.READ, scoped_by_handler=True)
def list_alerts(alerter: Alerter, who: Principal, call: NoInput) -> AlertList:
    """List what fires, or will if it goes on, the worst first."""
    return AlertList(listed(alerter, who))


@operation("alert.history", "GET /api/alerts/history", role=Role.VIEWER, effect=Effect.READ, scoped_by_handler=True)
def list_events(book: AlertBook, who: Principal, call: History) -> EventList:
    """List what was told: what fired and what was over, and what became of the message."""
    rules = {rule.name: rule for rule in book.rules()}
    found: list[Event] = []
    before = call.before
    while len(found) < call.limit and (some := book.events(max(call.limit, 500), before, call.rule, call.label)):
        found += [one for one in some if may_see(who, Subject(one.kind, one.label))]
        before = some[-1].id
    return EventList([event_shown(one, rules.get(one.rule)) for one in found[: call.limit]])


@operation(
    "alert.acknowledge", "POST /api/alerts/acknowledge", role=Role.USER, effect=Effect.WRITE, scoped_by_handler=True
)
def acknowledge(alerter: Alerter, who: Principal, call: OfAlert) -> AlertList:
    """Say that you see to an alert: nobody is told of it again until it is over."""
    rule = alerter.rules().get(call.rule)
    if rule is None or not may_see(who, Subject(rule.kind, call.label)):
        raise alert_not_found((call.rule, call.label))
    alerter.acknowledge(who, (call.rule, call.label))
    return AlertList([one for one in listed(alerter, who) if (one.rule, one.label) == (call.rule, call.label)])


@operation("alert.silence.add", "POST /api/alerts/silences", role=Role.ADMIN, effect=Effect.WRITE)
def silence(book: AlertBook, who: Principal, call: MakeSilence) -> SilenceShown:
    """Have nobody told of a rule for a while, as during work on it; * stands for any."""
    until = system_clock() + timedelta(minutes=call.minutes)
    made = book.silence(who, call.rule, call.label, until, call.reason)
    return SilenceShown.model_validate(made, from_attributes=True)


@operation("alert.silence.list", "GET /api/alerts/silences", role=Role.ADMIN, effect=Effect.READ)
def list_silences(book: AlertBook, who: Principal, call: NoInput) -> SilenceList:
    """List what nobody is told of now."""
    return silences_of(book)


@operation("alert.silence.end", "DELETE /api/alerts/silences/{silence}", role=Role.ADMIN, effect=Effect.WRITE)
def end_silence(book: AlertBook, who: Principal, call: OfSilence) -> SilenceList:
    """End a silence before its time."""
    book.end_silence(call.silence)
    return silences_of(book)


@operation(
    "alert.runbook", "GET /api/alerts/runbooks/{rule}", role=Role.VIEWER, effect=Effect.READ, scoped_by_handler=True
)
def show_runbook(book: AlertBook, who: Principal, call: OfRule) -> Runbook:
    """Show what a rule means, how to look, and what to do; of one that people wrote, what it looks at."""
    return runbook_of(call.rule, {rule.name: rule for rule in book.rules()})


@operation("alert.rule.list", "GET /api/alerts/rules", role=Role.ADMIN, effect=Effect.READ)
def list_rules(book: AlertBook, who: Principal, call: NoInput) -> RuleList:
    """List the rules: what must hold, for how long, and how bad that is."""
    return rules_of(book)


@operation("alert.rule.try", "GET /api/alerts/trial", role=Role.ADMIN, effect=Effect.READ)
def try_rule(alerter: Alerter, who: Principal, call: TryRule) -> Tried:
    """Tell what a formula gives now, and for which a rule of it would hold; nothing is kept."""
    if (call.above is None) == (call.below is None):
        raise InvalidInput("bad-rule", "Give one of above and below.", hint="As: --above 50")
    rule = Rule(name="trial", title="", **call.model_dump())
    values = alerter.tried(rule)
    return Tried(
        unit=rule.read.unit,
        subjects=[
            Trial(label=label, value=value if isfinite(value) else None, holds=rule.holds(value))
            for label, value in sorted(values.items())
        ],
    )


@operation("alert.rule.set", "PUT /api/alerts/rules/{rule}", role=Role.ADMIN, effect=Effect.WRITE)
def set_rule(book: AlertBook, who: Principal, call: SetRule) -> RuleShown:
    """Change a rule, turn it off, or add one of your own."""
    check_slug(call.rule, "rule")
    known = {rule.name: rule for rule in book.rules()}.get(call.rule)
    given = call.model_dump(exclude_none=True, exclude={"rule", "hold"})
    if call.hold is not None:
        given["hold_s"] = call.hold
    if call.above is not None or call.below is not None:
        given = {"above": None, "below": None} | given
    base = known.model_dump() if known else {"title": call.rule}
    try:
        rule = Rule.model_validate({**base, **given, "name": call.rule})
    except ValidationError:
        raise InvalidInput(
            "bad-rule", "A new rule needs a kind, a formula, and one of above and below.",
            hint=f"As: nacre alert rule set {call.rule} --kind cluster --formula active --above 50",
        ) from None  # fmt: skip
    _ = rule.read
    book.set_rule(who, rule)
    return rule_shown(rule)


@operation("alert.rule.reset", "DELETE /api/alerts/rules/{rule}", role=Role.ADMIN, effect=Effect.WRITE)
def reset_rule(book: AlertBook, who: Principal, call: OfRule) -> RuleList:
    """Have a rule as it came, or remove one of your own."""
    book.reset_rule(call.rule)
    return rules_of(book)


@operation("alert.channel.list", "GET /api/alerts/channels", role=Role.ADMIN, effect=Effect.READ)
def list_channels(channels: Channels, who: Principal, call: NoInput) -> ChannelList:
    """List where alerts are sent."""
    return ChannelList(channels.all())


@operation("alert.channel.add", "PUT /api/alerts/channels/{channel}", role=Role.ADMIN, effect=Effect.WRITE)
def add_channel(channels: Channels, who: Principal, call: AddChannel) -> Channel:
    """Have alerts sent by mail, to Slack, DingTalk, WeCom, Feishu, Telegram, a web hook, …: https://appriseit.com."""
    return channels.add(who, call.channel, call.address, call.least_level)


@operation("alert.channel.remove", "DELETE /api/alerts/channels/{channel}", role=Role.ADMIN, effect=Effect.WRITE)
def remove_channel(channels: Channels, who: Principal, call: ChannelName) -> Channel:
    """Send no more alerts there."""
    return channels.remove(call.channel)


@operation("alert.channel.test", "POST /api/alerts/channels/{channel}/test", role=Role.ADMIN, effect=Effect.WRITE)
def test_channel(channels: Channels, who: Principal, call: ChannelName) -> Channel:
    """Send a message there that says that it is a test."""
    return channels.test(call.channel)
