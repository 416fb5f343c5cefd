"""How everything is, of what was really measured: a ring with samples, rules held against them, a data.db."""

import io
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from nacre.core.principals import OWNER, Kind, Principal, Role
from nacre.core.secrets import SecretBox
from nacre.core.store.store import Store
from nacre.monitoring.alerts.alerter import Alerter
from nacre.monitoring.alerts.book import AlertBook
from nacre.monitoring.alerts.channels import Channels
from nacre.monitoring.alerts.sending import handed_over
from nacre.monitoring.collector import Collector
from nacre.monitoring.health.headlines import HEADLINES
from nacre.monitoring.health.health import Health
from nacre.monitoring.health.judging import Light
from nacre.monitoring.heartbeat import Heartbeat
from nacre.monitoring.measures.cluster import CLUSTER
from nacre.monitoring.measures.host import HOST
from nacre.monitoring.measures.kinds import KINDS
from nacre.monitoring.ring import Ring
from nacre.monitoring.sample import sample
from nacre.surfaces.cli.present import monitoring_health

BEGAN = datetime(2026, 11, 28, 12, tzinfo=UTC)
OF_SHOP = Principal(Kind.PERSON, "bo", Role.USER, members_only=True, memberships={"shop": Role.VIEWER})


class Watched:
    """Looks whenever it is told to, at what it is told."""

    def __init__(self, folder: Path) -> None:
        self.now = BEGAN
        self.store = Store(folder / "data.db")
        self.ring = Ring()
        book = AlertBook(self.store, self.clock)
        channels = Channels(self.store, SecretBox(folder / "key"), self.clock, handed_over)
        self.alerter = Alerter(self.ring, book, channels, self.clock, "")
        self.alerter.start()
        collector = Collector((), self.ring, lambda now_ms: None, self.clock)
        self.unfollowed = ""
        heartbeat = Heartbeat("", self.alerter.works)
        self.health = Health(
            self.ring, collector, self.alerter, channels, heartbeat, self.clock, lambda: self.unfollowed
        )

    def clock(self) -> datetime:
        return self.now

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
