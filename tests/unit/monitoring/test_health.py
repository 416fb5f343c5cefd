"""How everything is, of what was really measured: a ring with samples, rules held against them, a data.db."""

import io
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from rich.console import Console
from tests.waiting import eventually

from nacre.core.errors import NacreError, Unavailable
from nacre.core.principals import OWNER, Kind, Principal, Role
from nacre.core.progress import Output, watched_by
from nacre.core.secrets import SecretBox
from nacre.core.store.store import Store
from nacre.monitoring.alerts.alerter import Alerter
from nacre.monitoring.alerts.book import AlertBook
from nacre.monitoring.alerts.channels import Channels
from nacre.monitoring.alerts.rules import Level
from nacre.monitoring.alerts.sending import handed_over
from nacre.monitoring.collector import Collector
from nacre.monitoring.health.headlines import HEADLINES
from nacre.monitoring.health.health import Health
from nacre.monitoring.health.judging import Light
from nacre.monitoring.heartbeat import Heartbeat
from nacre.monitoring.marks.marks import Marks, of_alerts
from nacre.monitoring.measures.cluster import CLUSTER
from nacre.monitoring.measures.host import HOST
from nacre.monitoring.measures.kinds import KINDS
from nacre.monitoring.ring import Ring
from nacre.monitoring.sample import Subject, sample
from nacre.monitoring.watching.answers import WatchNews
from nacre.monitoring.watching.looks import Looks
from nacre.monitoring.watching.tail import MOST_LOOKS
from nacre.monitoring.watching.views import Views
from nacre.monitoring.watching.watchers import Wanted, Watchers
from nacre.surfaces.cli.present import monitoring_health

BEGAN = datetime(2026, 11, 28, 12, tzinfo=UTC)
OF_SHOP = Principal(Kind.PERSON, "bo", Role.USER, members_only=True, memberships={"shop": Role.VIEWER})


class Watched:
    """Looks whenever it is told to, at what it is told."""

    def __init__(self, folder: Path) -> None:
        self.now = BEGAN
        self.store = Store(folder / "data.db")
        self.ring = Ring()
        self.book = book = AlertBook(self.store, self.clock)
        self.channels = channels = Channels(self.store, SecretBox(folder / "key"), self.clock, handed_over)
        self.alerter = Alerter(self.ring, book, channels, self.clock, "")
        self.alerter.start()
        collector = Collector((), self.ring, lambda now_ms: None, self.clock)
        self.looks = Looks()
        self.unfollowed = ""
        self.asked_for_health = 0
        heartbeat = Heartbeat("", self.alerter.works)
        self.health = Health(self.ring, collector, self.alerter, channels, heartbeat, self.clock, self.why_unfollowed)
        marks = Marks((of_alerts(book),))
        views = Views(self.looks, book, self.channels, self.health, self.alerter, marks, self.clock)
        self.watchers = Watchers(self.looks, self.ring, collector, views, self.clock)

    def clock(self) -> datetime:
        return self.now

    def why_unfollowed(self) -> str:
        """Asked whenever it is found out how everything is for somebody who sees all."""
        self.asked_for_health += 1
        return self.unfollowed

    def look(self, after_s: float, **up: float) -> None:
        """At the machine, whose disk is half full, and at these databases."""
        self.now += timedelta(seconds=after_s)
        now_ms = int(self.now.timestamp() * 1000)
        disk = {"cpu_percent": 12.5, "disk_total": 1e9, "disk_free": 5e8}
        self.ring.add(sample(HOST, "", now_ms, [disk.get(one.name, float("nan")) for one in HOST.measures]))
        for label, works in up.items():
            numbers = [works if one.name == "up" else float("nan") for one in CLUSTER.measures]
            self.ring.add(sample(CLUSTER, label, now_ms, numbers))
        self.alerter.look(now_ms)
        self.looks.looked(now_ms)

    def lights(self, who: Principal = OWNER) -> dict[str, Light]:
        return {one.label or one.kind: one.light for one in self.health.whole(who).subjects}


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    made = Watched(tmp_path)
    with closing(made.store), closing(made.alerter):
        yield made


def test_a_light_turns_with_what_fires_and_the_worst_stands_first(watched: Watched) -> None:
    assert watched.health.whole(OWNER).light is Light.UNKNOWN  # nothing was looked at yet
    watched.look(60, shop=1, blog=1)
    assert watched.lights() == {"host": Light.GOOD, "blog": Light.GOOD, "shop": Light.GOOD}
    watched.look(10, shop=0, blog=1)
    assert watched.lights()["shop"] is Light.ATTENTION  # critical, but not for long enough yet
    watched.look(60, shop=0, blog=1)
    whole = watched.health.whole(OWNER)
    assert (whole.light, whole.looked_at) == (Light.BAD, watched.now)
    assert [one.label for one in whole.subjects] == ["shop", "", "blog"]
    assert [(one.rule, one.level) for one in whole.subjects[0].alerts] == [("postgres-down", "critical")]
    assert {one.name: one.value for one in whole.subjects[1].figures if one.value is not None} == {
        "processors": 12.5, "disk": 50.0, "disk-left": 5e8,
    }  # fmt: skip


def test_what_is_gone_is_left_out_and_what_falls_silent_is_not_called_well(watched: Watched) -> None:
    watched.look(60, shop=1, blog=1)
    watched.look(60, blog=1)  # shop was deleted
    assert "shop" not in watched.lights()
    watched.now += timedelta(minutes=5)  # nothing looks any more
    assert set(watched.lights().values()) == {Light.UNKNOWN}


def test_each_sees_what_is_theirs_and_only_admins_what_troubles_monitoring(watched: Watched) -> None:
    watched.look(60, shop=1, blog=1)
    assert watched.lights(OF_SHOP) == {"shop": Light.GOOD}
    assert [one.code for one in watched.health.whole(OWNER).troubles] == ["no-channel"]
    watched.unfollowed = "it ended with 1"
    said = watched.health.whole(OWNER).troubles[-1]
    assert said.code == "logs-not-followed" and "it ended with 1" in said.message
    assert watched.health.whole(OF_SHOP).troubles == []


def test_on_the_command_line_the_reason_stands_below_the_light(watched: Watched) -> None:
    watched.look(60, shop=0)
    watched.look(60, shop=0)
    said = io.StringIO()
    monitoring_health.present(watched.health.whole(OWNER).model_dump(mode="json"), Console(file=said, width=120))
    assert "1 of 2: wrong" in said.getvalue()
    assert "A database does not answer (shop): critical, since" in said.getvalue()
    assert "disk 50.0 %, disk left 500 MB" in said.getvalue()


def test_every_kind_says_something_of_itself_at_a_glance() -> None:
    assert {kind for kind in KINDS if not HEADLINES[kind]} == set()


class _Asked(threading.Event):
    """Counts how often it was looked whether somebody has gone: each follower does, again and again."""

    times = 0

    def is_set(self) -> bool:
        self.times += 1
        return super().is_set()


class Reader:
    """Follows in a thread of its own, with the rights of `who`, which may change; `refused` tells how that ended."""

    def __init__(self, watched: Watched, who: Principal, *subjects: Subject) -> None:
        self.who: Principal | None = who
        self.told: list[WatchNews] = []
        self.refused = ""
        self.given = 0
        self.held, self.gone = threading.Event(), _Asked()
        self.held.set()
        wanted = Wanted(("health", "alerts", "marks"), subjects)
        self.thread = threading.Thread(target=self._follow, args=(watched, who, wanted))

    def _follow(self, watched: Watched, who: Principal, wanted: Wanted) -> None:
        try:
            with watched_by(lambda step: None, self._heard, self.gone, still=lambda: self.who):
                watched.watchers.follow(who, wanted)
        except NacreError as error:
            self.refused = error.code

    def has_more_than(self, count: int) -> bool:
        return len(self.told) > count

    def listens_on(self, times: int) -> bool:
        """Whether whatever was written before it had listened so often has reached it."""
        return self.gone.times > times

    def _heard(self, output: Output) -> None:
        self.given += 1
        self.held.wait()
        self.told += [WatchNews.model_validate_json(line) for line in output.data.splitlines()]


@contextmanager
def reading(watched: Watched, who: Principal, *subjects: Subject) -> Iterator[Reader]:
    """Once it was told how things are."""
    reader = Reader(watched, who, *subjects)
    reader.thread.start()
    try:
        eventually(lambda: reader.told or reader.refused)
        yield reader
    finally:
        reader.held.set()
        reader.gone.set()
        reader.thread.join()


SHOP, BLOG = (Subject("cluster", label) for label in ("shop", "blog"))


def test_who_follows_is_told_of_each_look_and_of_alerts_as_they_come_and_go(watched: Watched) -> None:
    watched.look(60, shop=1)
    with reading(watched, OWNER, Subject("host", ""), SHOP) as reader:
        first = reader.told[0]
        assert first.health and first.health.light is Light.GOOD and (first.alerts, first.marks) == ([], [])
        assert [(one.kind, one.times) for one in first.measured] == [
            (k, [_ms(watched.now)]) for k in ("host", "cluster")
        ]
        watched.look(10, shop=0)
        eventually(lambda: len(reader.told) > 1)
        assert reader.told[1].alerts and reader.told[1].alerts[0].stage == "pending"
        assert reader.told[1].measured[1].numbers["up"] == [0]
        watched.look(60, shop=0)
        eventually(lambda: any(one.marks for one in reader.told))
        assert {one.stage for news in reader.told[2:] for one in news.alerts or ()} == {"firing"}
        (mark,) = [mark for one in reader.told for mark in one.marks]
        assert (mark.news, mark.label) == ("fired", "shop")
        watched.alerter.acknowledge(OWNER, ("postgres-down", "shop"))  # without another look
        eventually(lambda: any(one.acknowledged_by for news in reader.told for one in news.alerts or ()))
        assert not any(news.anew for news in reader.told)


def test_a_write_has_nothing_found_out_again_but_what_it_changed_and_never_twice(watched: Watched) -> None:
    watched.look(60, shop=0)
    watched.look(60, shop=0)
    eventually(lambda: watched.book.events(1))  # written down: nothing becomes of alerts any more
    ann = replace(OWNER, kind=Kind.PERSON, name="ann", role=Role.ADMIN)
    with reading(watched, OWNER) as one, reading(watched, ann) as other:
        assert watched.asked_for_health == 1
        with watched.store.write() as connection:
            connection.exec_driver_sql("CREATE TABLE others_write (one)")
        for reader in (one, other):
            eventually(partial(reader.listens_on, reader.gone.times + 2))
        assert watched.asked_for_health == 1
        watched.alerter.acknowledge(OWNER, ("postgres-down", "shop"))
        eventually(lambda: all(len(reader.told) == 2 for reader in (one, other)))
        assert watched.asked_for_health == 2
        watched.look(10, shop=0)
        eventually(lambda: all(len(reader.told) == 3 for reader in (one, other)))
        assert watched.asked_for_health == 3
        watched.channels.add(OWNER, "chat", "json://127.0.0.1:1/", Level.CRITICAL)  # without another look
        eventually(lambda: any(news.health and not news.health.troubles for news in one.told[3:]))


def test_each_is_told_only_what_is_theirs_as_long_as_it_is(watched: Watched) -> None:
    watched.look(60, shop=1, blog=0)
    with reading(watched, OF_SHOP, BLOG) as reader:
        assert (reader.refused, reader.told) == ("subject-not-found", [])
    with reading(watched, OF_SHOP, SHOP) as here, reading(watched, OF_SHOP) as there, reading(watched, OF_SHOP) as out:
        watched.look(60, shop=1, blog=0)
        eventually(lambda: all(len(one.told) > 1 for one in (here, there, out)))
        said = "".join(news.model_dump_json() for one in (here, there, out) for news in one.told)
        assert "blog" not in said and "shop" in said
        here.who = there.who = replace(OF_SHOP, memberships={})
        out.who = None
        watched.look(10, shop=0, blog=0)
        eventually(lambda: here.refused and out.refused and there.told[-1].anew)
        assert (here.refused, out.refused) == ("subject-not-found", "let-in-no-more")
        assert there.told[-1].health and there.told[-1].health.subjects == []
        assert (len(here.told), len(out.told)) == (2, 2)


def test_who_reads_too_slowly_holds_up_nobody_and_is_told_to_ask_anew(watched: Watched) -> None:
    watched.look(60, shop=1)
    with reading(watched, OWNER, SHOP) as slow, reading(watched, OWNER, SHOP) as quick:
        slow.held.clear()
        for _ in range(MOST_LOOKS + 2):
            before = len(quick.told)
            watched.look(10, shop=1)
            eventually(partial(quick.has_more_than, before), every_s=0.001)
            eventually(lambda: slow.given == 2)  # and is at that one until it is let go on
        slow.held.set()
        eventually(lambda: slow.told[-1].time == watched.now)
        assert [one.anew for one in slow.told] == [False, False, True]
        assert not any(one.anew for one in quick.told)


def test_those_who_follow_leave_room_for_everything_else_and_nobody_s_following_ends_at_once(watched: Watched) -> None:
    watched.look(60, shop=1)
    with ExitStack() as stack:
        some = [stack.enter_context(reading(watched, OF_SHOP)) for _ in range(10)]
        with pytest.raises(Unavailable, match="half as many for you"):
            watched.watchers.follow(OF_SHOP, Wanted((), ()))
        readers = some + [stack.enter_context(reading(watched, replace(OF_SHOP, name="cy"))) for _ in range(10)]
        with pytest.raises(Unavailable, match="20 watch already"):
            watched.watchers.follow(OWNER, Wanted((), ()))
        for reader in readers:
            reader.gone.set()
    answer = watched.watchers.follow(OF_SHOP, Wanted(("health",), (SHOP,)))
    assert answer.told == 1 and answer.last and answer.last.health and answer.last.health.light is Light.GOOD


def _ms(time: datetime) -> int:
    return int(time.timestamp() * 1000)
