"""Holds all rules against what was just measured, and has people told of what comes and goes."""

import queue
import threading
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from math import isnan

import structlog

from nacre.core.clock import Clock, from_ns
from nacre.core.errors import InvalidInput, NotFound
from nacre.core.principals import Principal
from nacre.monitoring.alerts.book import AlertBook, Event, Key, Silence, Turn, event_of
from nacre.monitoring.alerts.channels import Channels
from nacre.monitoring.alerts.holding import gravest_soon, next_held_ms
from nacre.monitoring.alerts.messages import body_of, title_of
from nacre.monitoring.alerts.rules import Level, Rule
from nacre.monitoring.alerts.sending import Message
from nacre.monitoring.alerts.states import Alert, Stage, Timing, step
from nacre.monitoring.alerts.wording import ENGLISH, NOT_KNOWN, Wording
from nacre.monitoring.book.quarters import GAP_MS
from nacre.monitoring.measures.kinds import KINDS
from nacre.monitoring.ring import Ring
from nacre.monitoring.sample import Subject

_REST = timedelta(seconds=60)
_REPEAT = timedelta(hours=4)
_BEGINNING = timedelta(milliseconds=GAP_MS)
_MOST_ATTEMPTS = 60
_MOST_UNWRITTEN = 10_000
"""What is found while data.db cannot be written, as on a full disk, waits in memory for when it can."""

_log = structlog.get_logger()


class Alerter:
    """`look` is called after each look at what is measured, and waits for nothing: what it finds is written down and
    sent in a thread of its own. `console` is the address that links lead to."""

    def __init__(
        self, ring: Ring, book: AlertBook, channels: Channels, clock: Clock, console: str, rest: timedelta = _REST,
        wording: Wording = ENGLISH,
    ) -> None:  # fmt: skip
        self._ring = ring
        self._book = book
        self._channels = channels
        self._clock = clock
        self._console = console
        self._rest = rest
        self._wording = wording
        self._standing: dict[Key, Alert] = {}
        self._held_at_ms: int | None = None
        self._soon: Level | None = None
        self._first_at: datetime | None = None
        self._rules: list[Rule] = []
        self._silences: list[Silence] = []
        self._read_at = -1
        self._failing = False
        self._looks = True
        self._changing = threading.Lock()
        self._turns: queue.SimpleQueue[list[Turn] | None] = queue.SimpleQueue()
        self._unwritten: list[Turn] = []
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)

    def start(self) -> None:
        """With what fired when the last daemon ended; what was not sent then is sent now."""
        self._standing = self._book.standing()
        self._thread.start()
        self._turns.put([])

    def close(self) -> None:
        self._turns.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def works(self) -> bool:
        """Whether rules could be held against what was measured last, and what came of it written down and sent."""
        return self._thread.is_alive() and self._looks and not self._failing

    def look(self, now_ms: int) -> None:
        now = from_ns(now_ms * 1_000_000)
        self._looks = False  # until this look has come to its end
        with self._changing:
            self._read_again()
            turns = [*self._looked(now), *self._of_what_is_gone(now)]
            for turn in turns:
                if turn.alert is None:
                    self._standing.pop(turn.key, None)
                else:
                    self._standing[turn.key] = turn.alert
            rules = {rule.name: rule for rule in self._rules}
            self._held_at_ms = next_held_ms(self._standing, rules, now)
            self._soon = gravest_soon(self._standing, rules, now, self.is_silenced)
        self._turns.put([turn for turn in turns if turn.changed])
        self._looks = True

    def held_at_ms(self) -> int | None:
        """When the next of those that are pending will have held for long enough, in milliseconds since the epoch."""
        return self._held_at_ms

    def standing(self) -> dict[Key, Alert]:
        with self._changing:
            return dict(self._standing)

    def rules(self) -> Mapping[str, Rule]:
        return {rule.name: rule for rule in self._book.rules()}

    def tried(self, rule: Rule) -> dict[str, float]:
        """What its formula gives now, by the label of each subject that it is for. Raises InvalidInput as its reading
        does."""
        _ = rule.read
        subjects = [one for one in self._ring.subjects() if one.kind == rule.kind and rule.concerns(one.label)]
        return {one.label: self._value(rule, one) for one in subjects}

    def acknowledge(self, who: Principal, key: Key) -> Alert:
        """Raises NotFound "alert-not-found": nothing of this fires."""
        with self._changing:
            alert = self._standing.get(key)
            if alert is None or alert.stage != Stage.FIRING:
                raise alert_not_found(key)
            self._standing[key] = alert = replace(alert, acknowledged_by=str(who))
        self._book.acknowledge(key, str(who))
        return alert

    def _read_again(self) -> None:
        """Rules and silences, when anything was written since."""
        version = self._book.store.version
        if version != self._read_at:
            self._rules = [rule for rule in self._book.rules() if rule.enabled and _can_be_read(rule)]
            self._silences = self._book.silences()
            self._read_at = version

    def _looked(self, now: datetime) -> list[Turn]:
        subjects: dict[str, list[Subject]] = {}
        for subject in self._ring.subjects():
            subjects.setdefault(subject.kind, []).append(subject)
        return [
            turn
            for rule in self._rules
            for subject in subjects.get(rule.kind, ())
            if rule.concerns(subject.label) and (turn := self._turn(rule, subject, now)) is not None
        ]

    def _turn(self, rule: Rule, subject: Subject, now: datetime) -> Turn | None:
        """None where nothing has come of it."""
        value = self._value(rule, subject)
        key = (rule.name, subject.label)
        before = self._standing.get(key)
        holds = None if isnan(value) else rule.holds(value)
        timing = Timing(timedelta(seconds=rule.hold_s), self._rest, _REPEAT)
        after, news = step(before, holds, value, now, timing, silenced=self.is_silenced(key, now))
        if before is None and after is None:
            return None
        since = (after or before or Alert(Stage.PENDING, now, value)).since
        if before is not None and holds is None:
            value = before.value
            rule = rule.model_copy(update={"title": f"{rule.title}{NOT_KNOWN}"}) if after is None else rule
        return Turn(key, rule, after, news, value, since, _is_worth_a_write(before, after))

    def _value(self, rule: Rule, subject: Subject) -> float:
        places = KINDS[subject.kind].places
        reach_ms = rule.read.reach_ms
        return rule.read.value(lambda name: self._ring.past(subject, places[name], reach_ms))

    def _of_what_is_gone(self, now: datetime) -> list[Turn]:
        """A branch that was deleted and a rule that is off have no alerts any more; nobody needs to be told. What takes
        long to find out is not there yet when a daemon begins, and not gone for that."""
        self._first_at = self._first_at or now
        begins = now - self._first_at < _BEGINNING
        labels = {(subject.kind, subject.label) for subject in self._ring.subjects()}
        rules = {rule.name: rule for rule in self._rules}
        gone = [
            key for key in self._standing
            if (rule := rules.get(key[0])) is None
            or ((rule.kind, key[1]) not in labels and not begins)
            or not rule.concerns(key[1])
        ]  # fmt: skip
        return [Turn(key, None, None, None, self._standing[key].value, now, changed=True) for key in gone]

    def is_silenced(self, key: Key, now: datetime) -> bool:
        return any(
            now < one.until and fnmatchcase(key[0], one.rule) and fnmatchcase(key[1], one.label)
            for one in self._silences
        )

    def _run(self) -> None:
        while (turns := self._come_by_now()) is not None:
            try:
                if (soon := self._soon) is not None:
                    self._channels.get_ready(soon)
                self._unwritten = [*self._unwritten, *turns][-_MOST_UNWRITTEN:]
                if self._unwritten:
                    self._book.note(self._unwritten)
                    self._unwritten = []
                waiting = self._book.waiting()
                self._catch_up({(event.rule, event.label) for event in waiting})
                self._deliver(waiting)
                self._failing = False
            except Exception:  # whatever fails now is there to be done at the next look
                _log.exception("alerts are not told now")
                self._failing = True

    def _come_by_now(self) -> list[Turn] | None:
        """Of all looks since the last time: while channels let one wait, looks go on. None at the end."""
        turns = self._turns.get()
        while turns is not None and not self._turns.empty():
            more = self._turns.get()
            if more is None:
                self._turns.put(None)
                break
            turns = [*turns, *more]
        return turns

    def _catch_up(self, waiting: Set[Key]) -> None:
        """Tell channels that are new what fires already, but what they are about to be told like all others: else they
        would hear of its end alone."""
        for channel in self._channels.catching_up():
            firing = [
                event for event in self._firing() if event.level.rank >= channel.least_level.rank
                and (event.rule, event.label) not in waiting
            ]  # fmt: skip
            self._channels.catch_up(channel.name, self._message(firing) if firing else None)

    def _firing(self) -> list[Event]:
        """What fires and is not silenced, as it is told."""
        rules, now = self._readable_rules(), self._clock()
        return [
            event_of(rules[key[0]], key[1], alert, now) for key, alert in self.standing().items()
            if alert.stage == Stage.FIRING and key[0] in rules and not self.is_silenced(key, now)
        ]  # fmt: skip

    def _deliver(self, events: Sequence[Event]) -> None:
        """All that waits, as one message for each group of channels that are told of the same levels; again at the next
        look where no channel took it."""
        if not events:
            return
        errors: dict[int, dict[str, str]] = {event.id: {} for event in events}
        for least, names in self._channels.by_level().items():
            some = [event for event in events if event.level.rank >= least.rank]
            if some:
                told = self._channels.tell(names, self._message(some))
                for event in some:
                    errors[event.id] |= told
        for event in events:
            self._book.told([event.id], *_outcome(event, errors[event.id]))

    def _message(self, events: Sequence[Event]) -> Message:
        body = body_of(events, self._console, self._readable_rules(), self._wording)
        return Message(title_of(events, self._wording), body)

    def _readable_rules(self) -> dict[str, Rule]:
        return {name: rule for name, rule in self.rules().items() if _can_be_read(rule)}


def alert_not_found(key: Key) -> NotFound:
    return NotFound(
        "alert-not-found", f"No alert “{key[0]}” fires for “{key[1]}”.", hint="`nacre alert list` shows them."
    )


def _is_worth_a_write(before: Alert | None, after: Alert | None) -> bool:
    """Not that only its value is another one, nor what is pending: that begins anew with the next daemon, since nobody
    knows what held meanwhile."""
    if after is None or before is None:
        return Stage.FIRING in (one.stage for one in (before, after) if one)
    return after.stage == Stage.FIRING and (
        replace(after, value=before.value, unknown_since=before.unknown_since) != before
    )


def _can_be_read(rule: Rule) -> bool:
    """One that speaks of what is no longer measured must not keep the others from being looked at."""
    try:
        _ = rule.read
    except InvalidInput as error:
        _log.warning("a rule cannot be used", rule=rule.name, error=str(error))
        return False
    return True


def _outcome(event: Event, errors: Mapping[str, str]) -> tuple[str, str]:
    """The state of an event after its channels were tried, and what they said."""
    failed = {name: error for name, error in errors.items() if error}
    said = "; ".join(f"{name}: {error}" for name, error in failed.items())
    if not errors:
        return "unheard", ""
    if len(failed) < len(errors):
        return "sent", said
    return ("failed" if event.attempts + 1 >= _MOST_ATTEMPTS else "waiting"), said
