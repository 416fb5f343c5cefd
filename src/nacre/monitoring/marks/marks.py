"""What happened between two times that somebody may know of, from whoever tells of such things."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Literal

from nacre.core.errors import InvalidInput
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.monitoring.alerts.book import AlertBook
from nacre.monitoring.alerts.states import News
from nacre.monitoring.sample import Subject
from nacre.monitoring.seeing import may_see

_MOST = 500


class Mark(Answer):
    """`news` is what came about: of a release live, failed or cancelled; rewind, undo or reset; of an alert fired or
    resolved. `label` is whom it concerns: an app, a branch, or the subject of an alert, whose `subject` is its kind.
    `title` is what was said to it, or what the alert tells, by its `rule`; `number` that of the release, or in the
    branch's log."""

    time: datetime
    kind: Literal["release", "rewind", "alert"]
    news: str
    subject: str
    label: str
    title: str
    rule: str | None = None
    number: int | None = None
    who: str | None = None


@dataclass(frozen=True)
class Happened:
    """`known_to` tells whose business it is."""

    mark: Mark
    known_to: Callable[[Principal], bool]


Source = Callable[[datetime, datetime], Iterable[Happened]]
"""What happened from one time to another, the newest first, looked up as far as it is asked for."""


@dataclass(frozen=True)
class Marks:
    """Called from worker threads."""

    sources: Sequence[Source]

    def between(self, who: Principal, since: datetime, until: datetime) -> list[Mark]:
        """The oldest first, at most five hundred of the newest. Raises InvalidInput "bad-range"."""
        if since >= until:
            raise InvalidInput("bad-range", "The range ends before it begins.", hint="Give an earlier --since.")
        found: list[Mark] = []
        for source in self.sources:
            found += islice((one.mark for one in source(since, until) if one.known_to(who)), _MOST)
        return sorted(found, key=lambda mark: mark.time)[-_MOST:]


def of_alerts(book: AlertBook) -> Source:
    def told(since: datetime, until: datetime) -> Iterable[Happened]:
        for one in book.between(since, until):
            if one.news == News.REPEATED:
                continue
            mark = Mark(
                time=one.time, kind="alert", news=one.news, subject=one.kind, label=one.label, title=one.title,
                rule=one.rule,
            )  # fmt: skip
            yield Happened(mark, _seen(Subject(one.kind, one.label)))

    return told


def _seen(subject: Subject) -> Callable[[Principal], bool]:
    return lambda who: may_see(who, subject)
