"""What the time machine of a branch comes to, in a real daemon in this process: told once, and once that it is over.

Its log is kept in far less room than usual, and its clock is turned where only time makes or ends a condition.
"""

import asyncio
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import apsw
import pytest
from tests.daemon import House, can_mount, clear
from tests.integration.monitoring.watching import Turned, Watch, watching
from tests.waiting import eventually

from nacre.branches.catalog import Branch, Catalog
from nacre.core.names import Ref
from nacre.core.principals import OWNER, Kind, Principal, Role
from nacre.core.secrets import SecretBox
from nacre.core.store.store import Store
from nacre.daemon import Daemon
from nacre.engines.postgres.seat import Seat
from nacre.engines.postgres.session import connect
from nacre.engines.storage.loopfile import make_store
from nacre.history.checkup import Checkup
from nacre.history.collecting import Collecting
from nacre.history.condition import Conditions
from nacre.monitoring.charts import Charts
from nacre.monitoring.measures.history import HISTORY
from nacre.monitoring.probes.history import OfHistory
from nacre.monitoring.probes.slow import Slow
from nacre.projects.lifecycle import Lifecycle

REF = Ref.parse("shop")
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Shop:
    daemon: Daemon
    branch: Branch
    seat: Seat
    password: str
    watch: Watch

    @property
    def folder(self) -> Path:
        return self.daemon.settings.projects / "shop"

    @property
    def generation(self) -> Path:
        return self.folder / "branches" / "main" / "postgres" / "1"

    def write_log(self, least_bytes: int) -> None:
        """Pieces of 16 MB, which hold next to nothing."""
        with connect(self.seat, password=self.password) as connection:
            for _ in range(least_bytes // (16 << 20) + 2):
                connection.execute("SELECT pg_logical_emit_message(false, 'test', '')")
                connection.execute("SELECT pg_switch_wal()")

    def verify(self) -> bool:
        return self.daemon.service(Checkup).verify(REF).ok

    def numbers(self) -> dict[str, float]:
        condition = OfHistory(self.daemon.service(Conditions))(self.branch)
        return dict(zip(HISTORY.places, condition, strict=True))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder, clock = tmp_path_factory.mktemp("watch"), Turned()
    with running(clock) as daemon:
        daemon.service(Lifecycle).create_project("shop", OWNER)
        home = daemon.settings.home
        with closing(Store(home / "data.db")) as store, closing(Store(folder / "data.db")) as alerts:
            catalog = Catalog(store, SecretBox(home / "secret.key"), clock, daemon.settings.pg_port)
            branch = catalog.branch(REF)
            seat = Seat(branch.port, home / "run" / "pg" / str(branch.port))
            probe = Slow(HISTORY, catalog.running_branches, OfHistory(daemon.service(Conditions)), every_s=0)
            with watching(alerts, clock, (probe,), folder / "key") as watch, closing(probe):
                yield Shop(daemon, branch, seat, catalog.admin_password(branch), watch)


@contextmanager
def running(clock: Turned) -> Iterator[Daemon]:
    """A daemon on a home of its own, which copies on write where that can be had, on a loop in a thread."""
    base = Path(tempfile.mkdtemp(prefix="nacre-"))
    base.chmod(0o711)
    house = House(base / "h", "btrfs" if can_mount("btrfs") else "copy", NACRE_WAL_CAP_GB="0.02")
    house.home.mkdir()
    if house.storage == "btrfs":
        make_store(base / "image", house.settings.projects, 4 << 30, "btrfs")
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    daemon = Daemon(house.settings, clock)
    try:
        asyncio.run_coroutine_threadsafe(daemon.start(), loop).result(60)
        yield daemon
    finally:
        asyncio.run_coroutine_threadsafe(daemon.close(), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        clear(house, base)


def test_numbers_of_a_branch_are_seen_by_its_people(shop: Shop) -> None:
    charts = shop.daemon.service(Charts)

    def seen(projects: frozenset[str] | None) -> set[str]:
        who = Principal(Kind.PERSON, "ann", Role.VIEWER, projects)
        return {one.kind for one in charts.now(who, None)}

    eventually(lambda: charts.collector.look() and {"upkeep", "history", "cluster"} <= seen(frozenset({"shop"})))
    assert seen(frozenset({"other"})) == set()
    numbers = shop.numbers()
    assert numbers["bases"] == 1 and 0 <= numbers["base_late"] < 1 and numbers["archive_lag"] == 0
    assert 0 < numbers["window"] <= numbers["window_wanted"] and numbers["files_size"] > 0 and not numbers["failing"]


def test_changes_of_files_that_cannot_be_recorded(shop: Shop) -> None:
    shop.watch.only("journal-late", above=0.2)
    with closing(apsw.Connection(str(shop.folder / "history" / "journal.db"))) as other:
        other.execute("BEGIN IMMEDIATE")
        (shop.folder / "branches" / "main" / "files" / "a.txt").write_text("anything")
        shop.watch.fires_and_is_over(
            "Changes of files are not recorded (shop)", lambda: other.execute("ROLLBACK"), SECOND
        )


@pytest.mark.parametrize(
    ("rule", "bound", "said"),
    [
        ("history-failing", {}, "The history of a branch cannot be kept (shop)"),
        ("base-too-old", {"above": 1.0}, "No base was taken for long, so that going back would take long (shop)"),
    ],
)
def test_bases_that_cannot_be_taken(shop: Shop, rule: str, bound: dict[str, float], said: str) -> None:
    """Where they are to lie is no folder."""
    shop.watch.only(rule, **bound)
    bases = shop.generation / "bases"
    away = bases.rename(bases.with_name("away"))
    bases.write_text("in the way")
    before = shop.numbers()
    shop.write_log((32 << 20) if shop.daemon.settings.storage == "btrfs" else (256 << 20))
    assert shop.numbers()["log_size"] > before["log_size"]

    def back() -> None:
        bases.unlink()
        away.rename(bases)

    shop.watch.fires_and_is_over(said, back, SECOND)
    assert shop.numbers()["bases"] > before["bases"] and shop.numbers()["base_age"] < before["base_age"] + 60


def test_a_past_that_was_let_go_of_for_want_of_room(shop: Shop) -> None:
    shop.watch.only("window-short", below=0.999)
    shop.write_log(16 << 20)
    shop.daemon.service(Collecting).collect_for(REF)

    def days_pass() -> None:
        shop.watch.alerter.acknowledge(OWNER, ("window-short", "shop"))  # so that nobody is reminded meanwhile
        shop.watch.clock.ahead += timedelta(days=3)

    shop.watch.fires_and_is_over("The past reaches back less far than it should (shop)", days_pass, SECOND)


def test_a_piece_of_the_log_that_is_damaged(shop: Shop) -> None:
    shop.watch.only("history-damaged")
    assert shop.verify() and shop.numbers()["faults"] == 0
    path = sorted(each for each in (shop.generation / "wal").iterdir() if len(each.name) == 24)[-2]
    whole = path.read_bytes()
    path.write_bytes(whole[:5000] + b"\xff" + whole[5001:])
    assert not shop.verify()

    def mend() -> None:
        path.write_bytes(whole)
        assert shop.verify()

    shop.watch.fires_and_is_over("Something that was kept is damaged (shop)", mend, SECOND)


def test_a_history_that_nobody_verified_for_a_month(shop: Shop) -> None:
    shop.watch.only("history-not-verified")
    shop.watch.look()
    assert not shop.watch.alerter.standing()
    shop.watch.clock.ahead += timedelta(days=31)
    shop.watch.fires_and_is_over("What is kept was not verified for a month (shop)", shop.verify, SECOND)
