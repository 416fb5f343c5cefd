"""Reads and writes the rows of alerts: rules, what fires, what was told, silences."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, delete, insert, select, update

from nacre.core.clock import Clock
from nacre.core.errors import NotFound
from nacre.core.principals import Principal
from nacre.core.store.store import Store
from nacre.monitoring.alerts.rules import DEFAULTS, Level, Rule
from nacre.monitoring.alerts.states import Alert, News, Stage
from nacre.monitoring.alerts.tables import alerts, events, rules, silences
from nacre.monitoring.alerts.versioned import Versioned

Key = tuple[str, str]
"""A rule's name and a subject's label."""

_KEPT = timedelta(days=90)


@dataclass(frozen=True)
class Event:
    """Something to be told, or that was. `since` is when the condition began to hold."""

    id: int
    time: datetime
    rule: str
    kind: str
    label: str
    news: News
    level: Level
    title: str
    value: float
    since: datetime
    state: str
    attempts: int
    error: str


@dataclass(frozen=True)
class Silence:
    """`rule` and `label` may hold * for anything."""

    id: int
    rule: str
    label: str
    until: datetime
    reason: str
    made_by: str


@dataclass(frozen=True)
class Turn:
    """What became of one alert in one look: `alert` None where it is over; `news` what is to be told of it, by its
    `rule` (None where that is gone). Where only its value is another one it is not `changed`."""

    key: Key
    rule: Rule | None
    alert: Alert | None
    news: News | None
    value: float
    since: datetime
    changed: bool


@dataclass
class AlertBook(Versioned):
    """Called from any thread. What changes all that is shown of alerts counts: what stands and what came about, by
    which rules, what is silenced; not what became of messages."""

    store: Store
    clock: Clock

    def rules(self) -> list[Rule]:
        """All of them, as they are now: people's own after ours."""
        with self.store.read() as connection:
            changed = {row.name: Rule.model_validate_json(row.rule) for row in connection.execute(select(rules))}
        return [changed.pop(rule.name, rule) for rule in DEFAULTS] + list(changed.values())

    def set_rule(self, who: Principal, rule: Rule) -> None:
        values = {"rule": rule.model_dump_json(), "changed_by": str(who), "changed_at": self.clock()}
        with self.change() as connection:
            connection.execute(delete(rules).where(rules.c.name == rule.name))
            connection.execute(insert(rules).values(name=rule.name, **values))

    def reset_rule(self, name: str) -> None:
        """Ours is again as it was; one of people's own is gone. Raises NotFound "rule-not-found"."""
        with self.change() as connection:
            if not connection.execute(delete(rules).where(rules.c.name == name)).rowcount:
                raise rule_not_found(name)

    def standing(self) -> dict[Key, Alert]:
        with self.store.read() as connection:
            rows = connection.execute(select(alerts)).all()
        return {
            (row.rule, row.label): Alert(
                Stage(row.stage), row.since, row.value, row.fired_at, row.told_at, row.calm_since, row.acknowledged_by
            )
            for row in rows
        }

    def note(self, turns: Sequence[Turn]) -> None:
        """What has changed and what is to be told of it, all at once: what is to be told survives a kill."""
        now = self.clock()
        with self.change() as connection:
            for turn in turns:
                rule, label = turn.key
                connection.execute(delete(alerts).where(alerts.c.rule == rule, alerts.c.label == label))
                if turn.alert is not None:
                    values = {**asdict(turn.alert), "stage": turn.alert.stage.value}
                    del values["unknown_since"]  # another daemon begins anew with what it does not know
                    connection.execute(insert(alerts).values(rule=rule, label=label, **values))
                if turn.news is not None and turn.rule is not None:
                    connection.execute(
                        insert(events).values(
                            time=now, rule=rule, kind=turn.rule.kind, label=label, news=turn.news.value,
                            level=turn.rule.level.value, title=turn.rule.title, value=turn.value, since=turn.since,
                            state="waiting", attempts=0, error="",
                        )
                    )  # fmt: skip
            connection.execute(delete(events).where(events.c.time < now - _KEPT))

    def acknowledge(self, key: Key, who: str) -> None:
        with self.change() as connection:
            connection.execute(
                update(alerts).where(alerts.c.rule == key[0], alerts.c.label == key[1]).values(acknowledged_by=who)
            )

    def waiting(self) -> list[Event]:
        with self.store.read() as connection:
            rows = connection.execute(select(events).where(events.c.state == "waiting").order_by(events.c.id)).all()
        return [_event(row._mapping) for row in rows]

    def told(self, ids: Sequence[int], state: str, error: str = "") -> None:
        with self.store.write() as connection:
            connection.execute(
                update(events)
                .where(events.c.id.in_(ids))
                .values(state=state, error=error, attempts=events.c.attempts + 1)
            )

    def events(
        self, limit: int, before: int | None = None, rule: str | None = None, label: str | None = None
    ) -> list[Event]:
        """The newest first."""
        query = select(events).order_by(events.c.id.desc()).limit(limit)
        for column, wanted in ((events.c.rule, rule), (events.c.label, label)):
            query = query if wanted is None else query.where(column == wanted)
        with self.store.read() as connection:
            rows = connection.execute(query if before is None else query.where(events.c.id < before)).all()
        return [_event(row._mapping) for row in rows]

    def between(self, since: datetime, until: datetime) -> Iterator[Event]:
        """The newest first, read as they are asked for."""
        query = select(events).where(events.c.time >= since, events.c.time < until).order_by(events.c.id.desc())
        with self.store.read() as connection:
            for row in connection.execute(query):
                yield _event(row._mapping)

    def silences(self) -> list[Silence]:
        """Those that hold now."""
        with self.store.read() as connection:
            rows = connection.execute(select(silences).where(silences.c.until > self.clock())).all()
        return [Silence(**row._mapping) for row in rows]

    def silence(self, who: Principal, rule: str, label: str, until: datetime, reason: str) -> Silence:
        new = insert(silences).values(rule=rule, label=label, until=until, reason=reason, made_by=str(who))
        with self.change() as connection:
            connection.execute(delete(silences).where(silences.c.until <= self.clock()))
            return Silence(**connection.execute(new.returning(silences)).one()._mapping)

    def end_silence(self, id_: int) -> None:
        """Raises NotFound "silence-not-found"."""
        with self.change() as connection:
            if not connection.execute(delete(silences).where(silences.c.id == id_)).rowcount:
                raise NotFound("silence-not-found", f"There is no silence {id_}.")


def rule_not_found(name: str) -> NotFound:
    return NotFound(
        "rule-not-found",
        f"There is no rule “{name}” that was changed or added.",
        hint="`nacre alert rule list` shows them.",
    )


def event_of(rule: Rule, label: str, alert: Alert, now: datetime) -> Event:
    """That it fires, for whoever was not there when it began."""
    return Event(
        id=0, time=now, rule=rule.name, kind=rule.kind, label=label, news=News.FIRED, level=rule.level,
        title=rule.title, value=alert.value, since=alert.since, state="waiting", attempts=0, error="",
    )  # fmt: skip


def _event(row: RowMapping) -> Event:
    return Event(**{**row, "news": News(row["news"]), "level": Level(row["level"])})
