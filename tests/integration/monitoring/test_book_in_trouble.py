"""metrics.db on a full disk, damaged in part, over weeks and restarts, and full of names that people made up."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import apsw
import pytest
from tests.integration.monitoring.test_book import BEGAN, BRANCH, Moving, Watch

from nacre.core.errors import Unavailable
from nacre.core.principals import OWNER
from nacre.engines.storage.loopfile import mount_store, unmount_store
from nacre.monitoring.book import writing
from nacre.monitoring.book.file import File
from nacre.monitoring.book.keeper import Keeper
from nacre.monitoring.charts import Charts
from nacre.monitoring.collector import Collector
from nacre.monitoring.exposition import exposition
from nacre.monitoring.measures.cluster import CLUSTER
from nacre.monitoring.measures.measure import Kind
from nacre.monitoring.ring import Ring

WEEK, DAY = timedelta(days=7), timedelta(days=1)


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    watch = Watch(tmp_path / "metrics.db")
    yield watch
    watch.keeper.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    image, folder = tmp_path / "disk.img", tmp_path / "disk"
    with image.open("wb") as opened:
        opened.truncate(4 << 20)
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", "-O", "^has_journal", image], check=True)
    mount_store(image, folder)
    yield folder
    unmount_store(folder)


@pytest.mark.root
def test_while_the_disk_is_full_memory_keeps_what_comes(small_disk: Path) -> None:
    watch = Watch(small_disk / "metrics.db")
    with closing(watch.keeper):
        assert all(watch.looks(10))
        filling = small_disk / "filling"
        with pytest.raises(OSError), filling.open("wb", buffering=0) as opened:
            while True:
                opened.write(bytes(4096))
        written = watch.looks(200)
        assert not written[-1]
        filling.unlink()
        assert watch.looks(1) == [True]
        assert watch.chart("connections", BEGAN).mean.tolist() == list(range(1, 212))


def test_a_block_that_is_damaged_is_a_gap_and_holds_nothing_up(watch: Watch) -> None:
    watch.looks(150)
    with closing(apsw.Connection(str(watch.file.path))) as other:
        other.execute("UPDATE hour SET block = zeroblob(70) WHERE start = (SELECT min(start) FROM hour)")
        other.execute("UPDATE day SET block = substr(block, 1, 40)")
    assert len(watch.chart("connections", BEGAN).mean) == 90
    assert all(watch.looks(150)), "hours are sealed, and added to a day that is damaged"
    assert watch.chart("connections", BEGAN).mean[-1] == 300
    assert watch.chart("connections", BEGAN, most=10).greatest[-1] == 300


def test_what_cannot_be_read_is_said_to_be_so(watch: Watch) -> None:
    watch.looks(5)
    watch.keeper.close()
    watch.file.path.write_bytes(b"nonsense" * 4096)
    charts = Charts(watch.file, Ring(), watch.collector, watch.clock)
    with pytest.raises(Unavailable, match="cannot be read now"):
        charts.series(OWNER, "cluster", [BRANCH.label], ["up"], BEGAN, watch.clock.now, 700)


def test_a_daemon_that_is_started_anew_goes_on_where_the_last_one_ended(watch: Watch) -> None:
    watch.looks(45)
    watch.keeper.close()
    heir = Watch(watch.file.path)
    with closing(heir.keeper):
        heir.clock.now, heir.probe.looks = watch.clock.now, watch.probe.looks
        heir.looks(100)
        assert heir.chart("connections", BEGAN).mean.tolist() == list(range(1, 146))


def test_of_thirty_days_a_week_is_kept_as_it_was_and_all_by_the_quarter(tmp_path: Path) -> None:
    """The looks of an hour are written at once, by a steady clock that goes along."""
    watch = Watch(tmp_path / "metrics.db")
    keeper = Keeper(watch.ring, watch.file, lambda: watch.clock.now.timestamp())
    with closing(keeper):
        for _ in range(30 * 24):
            for _ in range(60):
                watch.collector.look()
                watch.clock.now += timedelta(minutes=1)
            assert keeper.keep(int(watch.clock.now.timestamp() * 1000))
    now, looks = watch.clock.now, 30 * 24 * 60
    week = watch.chart("connections", now - WEEK + timedelta(hours=2), most=20_000)
    assert week.mean.tolist() == list(range(looks - 10080 + 121, looks + 1))
    month = watch.chart("connections", BEGAN, most=5000)
    assert len(month.mean) >= 30 * 96 and month.least[0] == 1 and month.greatest[-1] == looks
    with watch.file.reading() as connection:
        assert connection is not None
        ((hours, days),) = connection.execute("SELECT (SELECT count(*) FROM hour), (SELECT count(*) FROM day)")
    assert hours <= 7 * 24 + 1 and days <= 31 and watch.file.path.stat().st_size < 2_000_000


@dataclass
class MadeUp:
    """A kind whose names others choose."""

    names: list[str] = field(default_factory=list)
    kind: Kind = CLUSTER

    def look(self) -> Iterator[tuple[str, Sequence[float]]]:
        yield from ((name, [1.0] * len(CLUSTER.measures)) for name in self.names)


def test_names_that_people_make_up_break_nothing_and_fill_neither_memory_nor_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "MOST_SUBJECTS", 400)
    hostile = [
        'a"} 1\nnacre_host_cpu_percent 100\n#',
        "'; DROP TABLE subject; --",
        "\x00\udcff",
        "日本:主",
        "x" * 1_000_000,
    ]
    probe, ring, clock, file = MadeUp(), Ring(), Moving(), File(tmp_path / "metrics.db")
    keeper = Keeper(ring, file)
    collector = Collector((probe,), ring, keeper.keep, clock)
    with closing(keeper):
        for number in range(10):
            probe.names = [*hostile, *(f"{number}-{one}" for one in range(100))]
            collector.look()
            assert keeper.keep(int(clock.now.timestamp() * 1000))
            clock.now += timedelta(minutes=5)
        with file.reading() as connection:
            assert connection is not None
            ((subjects,),) = connection.execute("SELECT count(*) FROM subject")
    assert subjects <= 400 and file.path.stat().st_size < 1_000_000 and len(ring.subjects()) <= 104
    text = exposition(ring.latest()).decode()
    assert not any(line.startswith("nacre_host_cpu_percent") for line in text.splitlines())
    assert text.count("\n") < 20 * 200
