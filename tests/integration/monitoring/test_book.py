"""metrics.db: what goes in by the look comes out by the chart; and it may be deleted, damaged, locked or full."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from math import isnan
from pathlib import Path

import apsw
import pytest

from nacre.core.principals import OWNER
from nacre.monitoring import charts
from nacre.monitoring.book.drawing import Points
from nacre.monitoring.book.file import File
from nacre.monitoring.book.keeper import Keeper
from nacre.monitoring.book.reading import Past
from nacre.monitoring.charts import Charts
from nacre.monitoring.collector import Collector
from nacre.monitoring.measures.cluster import CLUSTER
from nacre.monitoring.measures.measure import Kind
from nacre.monitoring.ring import Ring
from nacre.monitoring.sample import Subject

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
BRANCH = Subject("cluster", "shop:main")


class Growing:
    """A cluster whose connections are the looks so far, and whose commits grow by 600 from look to look."""

    kind: Kind = CLUSTER

    def __init__(self) -> None:
        self.looks = 0

    def look(self) -> Iterator[tuple[str, Sequence[float]]]:
        self.looks += 1
        told = {"up": 1.0, "connections": float(self.looks), "commits": 600.0 * self.looks}
        yield BRANCH.label, [told.get(name, 0.0) for name in CLUSTER.places]


class Moving:
    def __init__(self) -> None:
        self.now = BEGAN

    def __call__(self) -> datetime:
        return self.now


class Watch:
    """A collector that looks when it is told to, at a time that it is told."""

    def __init__(self, path: Path) -> None:
        self.clock, self.probe, self.ring, self.file = Moving(), Growing(), Ring(), File(path)
        self.keeper = Keeper(self.ring, self.file)
        self.collector = Collector((self.probe,), self.ring, self.keeper.keep, self.clock)

    def looks(self, times: int, every: timedelta = timedelta(minutes=1)) -> list[bool]:
        """Whether each could be written."""
        written = []
        for _ in range(times):
            self.collector.look()
            written.append(self.keeper.keep(int(self.clock.now.timestamp() * 1000)))
            self.clock.now += every
        return written

    def chart(self, name: str, since: datetime, most: int = 700) -> Points:
        measure = CLUSTER.measures[CLUSTER.places[name]]
        since_ms, now_ms = (int(time.timestamp() * 1000) for time in (since, self.clock.now))
        with self.file.reading() as connection:
            assert connection is not None
            return Past(connection, BRANCH).points(measure, since_ms, now_ms, most, now_ms)


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    watch = Watch(tmp_path / "metrics.db")
    yield watch
    watch.keeper.close()


def test_a_chart_shows_each_look_over_hours_that_are_sealed_and_the_one_that_is_not(watch: Watch) -> None:
    assert all(watch.looks(150))
    shown = watch.chart("connections", BEGAN)
    assert shown.mean.tolist() == list(range(1, 151))
    assert [time // 60_000 for time in shown.times] == [int(BEGAN.timestamp()) // 60 + look for look in range(150)]
    assert shown.times.tolist() == watch.chart("up", BEGAN).times.tolist()
    grown = watch.chart("commits", BEGAN)
    assert set(grown.mean) == {10.0} and len(grown.mean) == 149


def test_a_coarse_chart_keeps_the_greatest_and_the_least(watch: Watch) -> None:
    watch.looks(600)
    shown = watch.chart("connections", BEGAN, most=20)
    assert 15 <= len(shown.mean) <= 42 and min(shown.least) == 1 and max(shown.greatest) >= 590
    assert all(least <= mean <= most for least, mean, most in zip(shown.least, shown.mean, shown.greatest, strict=True))


def test_the_more_series_are_asked_for_the_coarser_they_are_and_none_comes_twice(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that nobody can ask for more than the daemon has memory for."""
    assert all(watch.looks(150))
    monkeypatch.setattr(charts, "_MOST_POINTS", 60)
    shown = Charts(watch.file, watch.ring, watch.collector, watch.clock)
    names = ["connections", "up", "connections"] * 6
    found = shown.series(OWNER, "cluster", [BRANCH.label] * 50, names, BEGAN, watch.clock.now, 5000)
    assert [one.measure for one in found] == ["connections", "up"]
    assert all(25 <= len(one.times) <= 35 for one in found)


def test_time_in_which_nothing_was_measured_is_a_gap(watch: Watch) -> None:
    watch.looks(10)
    watch.clock.now += timedelta(minutes=30)
    watch.looks(10)
    shown = watch.chart("connections", BEGAN)
    assert [isnan(one) for one in shown.mean] == [False] * 10 + [True] + [False] * 10


def test_a_clock_that_is_set_back_costs_nothing_that_was_measured(watch: Watch) -> None:
    watch.looks(90)
    watch.clock.now -= timedelta(minutes=80)
    watch.looks(150, every=timedelta(seconds=59))
    assert max(watch.chart("connections", BEGAN).greatest) == 240
    watch.clock.now += timedelta(days=400)
    watch.looks(2)
    watch.clock.now -= timedelta(days=400)
    watch.looks(2)
    assert len(watch.chart("connections", BEGAN).mean) > 150


@pytest.mark.parametrize("damage", ["deleted", "nonsense", "cut"])
def test_a_file_that_is_deleted_or_damaged_is_made_anew_with_what_memory_has(watch: Watch, damage: str) -> None:
    watch.looks(30)
    path = watch.file.path
    if damage == "deleted":
        path.unlink()
    else:
        for each in path.parent.glob("metrics.db-*"):
            each.unlink()
        path.write_bytes(b"nonsense" * 4096 if damage == "nonsense" else path.read_bytes()[:5000])
    watch.looks(30)
    assert watch.chart("connections", BEGAN).mean[-1] == 60
    with watch.file.reading() as connection:
        assert connection is not None and connection.pragma("integrity_check") == "ok"


def test_while_it_is_locked_memory_keeps_what_comes(watch: Watch) -> None:
    watch.looks(5)
    with closing(apsw.Connection(str(watch.file.path))) as other:
        other.execute("BEGIN IMMEDIATE")
        assert not any(watch.looks(3))
    assert all(watch.looks(1))
    assert watch.chart("connections", BEGAN).mean.tolist() == list(range(1, 10))
