"""What databases come to, made to happen on a real PostgreSQL: told once, and once that it is over.

What would take hours is told from a lower bound on, set as a person sets it; and the clock is turned where only time
ends it.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import astuple, dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest
from tests.integration.llm.databases import Database, bare
from tests.integration.monitoring.watching import Turned, Watch, watching
from tests.waiting import eventually

from nacre.core.store.store import Store
from nacre.engines.postgres.health import healths, prepare
from nacre.engines.postgres.upkeep import spent, upkeep
from nacre.monitoring.measures.cluster import CLUSTER
from nacre.monitoring.measures.measure import Kind
from nacre.monitoring.measures.upkeep import UPKEEP
from nacre.monitoring.probes.connecting import Connecting, Kept
from nacre.monitoring.probes.resting import STILL_FOR_S, Resting

TWO_MINUTES, TEN_SECONDS = timedelta(minutes=2), timedelta(seconds=10)


@dataclass(frozen=True)
class HealthOf:
    database: Database
    kind: Kind = CLUSTER

    def look(self) -> Iterator[tuple[str, Sequence[float]]]:
        with self.database.connect(database="postgres") as connection:
            prepare(connection)
            for _, found in healths({"": connection}, patience_s=5):
                yield "shop", (1.0, *astuple(found))


@dataclass(frozen=True)
class UpkeepOf:
    database: Database
    kind: Kind = UPKEEP

    def look(self) -> Iterator[tuple[str, Sequence[float]]]:
        running = self.database.cluster.adopt()
        assert running is not None
        with self.database.connect() as connection:
            yield "shop", (*astuple(upkeep(connection)), *spent(running))


@dataclass(frozen=True)
class Shop:
    database: Database
    watch: Watch

    def numbers(self, kind: Kind = UPKEEP) -> dict[str, float]:
        self.watch.look(TEN_SECONDS)
        (one,) = (one for one in self.watch.ring.latest() if one.subject.kind == kind.name)
        return dict(zip(kind.places, one.numbers, strict=True))

    def admin(self, text: str, database: str = "shop") -> None:
        with self.database.connect(database=database) as connection:
            connection.execute(text.encode())


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("databases")
    with bare() as database, closing(Store(folder / "data.db")) as store:
        probes = (HealthOf(database), UpkeepOf(database))
        with watching(store, Turned(), probes, folder / "key") as watch:
            yield Shop(database, watch)


def after(work: Callable[[], object], shop: Shop) -> None:
    """A counter grows from one look to another."""
    shop.watch.look()
    work()


def test_transactions_that_lock_each_other_out(shop: Shop) -> None:
    shop.watch.only("deadlocks")
    shop.database.sql("CREATE TABLE one (); CREATE TABLE other ()")

    def deadlock() -> None:
        with shop.database.connect() as first, shop.database.connect() as second:
            for session, table in ((first, "one"), (second, "other")):
                session.execute("SET deadlock_timeout = '20ms'")
                session.execute(f"BEGIN; LOCK {table}")
            waiting = threading.Thread(target=lambda: _tried(first, "LOCK other"))
            waiting.start()
            _tried(second, "LOCK one")
            waiting.join()

    after(deadlock, shop)
    shop.watch.fires_and_is_over("Transactions lock each other out (shop)", lambda: None, TWO_MINUTES)


def test_queries_that_write_large_temporary_files(shop: Shop) -> None:
    shop.watch.only("temporary-files", above=1000)
    sort = "SET work_mem = '64kB'; SELECT count(*) FROM (SELECT n FROM generate_series(1, 100000) n ORDER BY -n) s"
    after(lambda: shop.admin(sort), shop)
    shop.watch.fires_and_is_over("Queries write large temporary files (shop)", lambda: None, TWO_MINUTES)


def test_a_database_that_reads_much_from_disk(shop: Shop) -> None:
    shop.watch.only("cache-misses", above=1e-4)
    shop.admin("CREATE EXTENSION pg_buffercache; CREATE TABLE read AS SELECT n FROM generate_series(1, 100000) n")
    after(lambda: shop.admin("SELECT pg_buffercache_evict_relation('read'); SELECT count(*) FROM read"), shop)
    shop.watch.fires_and_is_over("A database reads much from disk (shop)", lambda: None, TWO_MINUTES)


def test_a_transaction_that_goes_on_for_hours(shop: Shop) -> None:
    shop.watch.only("long-transaction", above=0.05)
    with shop.database.connect() as session:
        session.execute("BEGIN; SELECT 1")
        shop.watch.fires_and_is_over("A transaction has run for hours (shop)", session.rollback, TEN_SECONDS)


def test_many_sessions_that_wait_for_locks(shop: Shop) -> None:
    shop.watch.only("blocked")
    with shop.database.connect() as holder:
        holder.execute("BEGIN; LOCK one")
        waiting = [threading.Thread(target=lambda: shop.database.sql("SELECT FROM one")) for _ in range(6)]
        for each in waiting:
            each.start()
        shop.watch.fires_and_is_over("Many sessions wait for locks (shop)", holder.rollback, TEN_SECONDS)
        for each in waiting:
            each.join()


def test_an_archive_that_takes_nothing(shop: Shop) -> None:
    """Its folder is gone: the log waits, and is archived once there is one again."""
    shop.admin("CREATE TABLE written (n int); SELECT pg_switch_wal()")
    eventually(lambda: shop.numbers(CLUSTER)["archive_waiting"] < 16 << 20)
    archive = shop.database.seat.socket_dir.parent / "wal"
    away = archive.rename(archive.with_name("away"))

    def back() -> None:
        away.rename(archive)
        shop.admin("SELECT pg_switch_wal()")  # it is woken, and tries again at once

    shop.watch.only("archive-failing")
    after(lambda: shop.admin("INSERT INTO written VALUES (1); SELECT pg_switch_wal()"), shop)
    shop.watch.fires_and_is_over("The log of a database cannot be archived (shop)", back, TWO_MINUTES)


def test_a_log_that_is_archived_late(shop: Shop) -> None:
    archive = shop.database.seat.socket_dir.parent / "wal"
    shop.watch.only("archive-late", above=20e6)
    away = archive.rename(archive.with_name("away"))
    shop.admin("INSERT INTO written VALUES (2); SELECT pg_switch_wal(); INSERT INTO written VALUES (3)")
    shop.admin("SELECT pg_switch_wal(); INSERT INTO written VALUES (4)")

    def back() -> None:
        away.rename(archive)
        shop.admin("SELECT pg_switch_wal()")

    shop.watch.fires_and_is_over("The log of a database is archived late (shop)", back, TEN_SECONDS)


def test_what_was_archived_before_a_crash_does_not_wait(shop: Shop) -> None:
    """Postgres forgets then what it has counted, also how far it has archived."""
    archive = shop.database.seat.socket_dir.parent / "wal"
    shop.admin("SELECT pg_switch_wal()")
    eventually(lambda: shop.numbers(CLUSTER)["archive_waiting"] < 16 << 20)
    shop.admin("SELECT pg_stat_reset_shared('archiver')")
    assert shop.numbers(CLUSTER)["archive_waiting"] < 16 << 20
    away = archive.rename(archive.with_name("away"))
    shop.admin("INSERT INTO written VALUES (5); SELECT pg_switch_wal(); INSERT INTO written VALUES (6)")
    shop.admin("SELECT pg_switch_wal()")
    assert shop.numbers(CLUSTER)["archive_waiting"] >= 32 << 20
    away.rename(archive)
    shop.admin("INSERT INTO written VALUES (7); SELECT pg_switch_wal()")
    eventually(lambda: shop.numbers(CLUSTER)["archive_waiting"] < 16 << 20)


def test_transaction_ids_that_run_out(shop: Shop) -> None:
    shop.watch.only("transaction-ids", above=shop.numbers(CLUSTER)["xid_age"] + 200)
    shop.admin("DO $$ BEGIN FOR n IN 1..300 LOOP PERFORM txid_current(); COMMIT; END LOOP; END $$")

    def freeze() -> None:
        shop.admin("ALTER DATABASE template0 ALLOW_CONNECTIONS true", "postgres")
        for database in ("postgres", "template0", "template1", "shop"):
            shop.admin("VACUUM (FREEZE)", database)

    shop.watch.fires_and_is_over("A database runs out of transaction ids (shop)", freeze, TEN_SECONDS)


def test_a_table_of_dead_rows_that_an_open_transaction_keeps_from_being_vacuumed(shop: Shop) -> None:
    shop.watch.only("dead-rows")
    shop.database.sql("CREATE TABLE dead WITH (autovacuum_enabled = off) AS SELECT n FROM generate_series(1, 20000) n")
    with shop.database.connect() as looking:
        looking.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1")
        shop.database.sql("DELETE FROM dead WHERE n > 100")
        shop.database.sql("VACUUM dead")

        def end() -> None:
            looking.rollback()
            shop.database.sql("VACUUM dead")

        eventually(lambda: shop.numbers()["rows_dead"] >= 19_900)
        shop.watch.fires_and_is_over("A table is mostly rows that nobody sees any more (shop)", end, TEN_SECONDS)


def test_a_table_that_is_never_vacuumed(shop: Shop) -> None:
    shop.watch.only("not-vacuumed", above=0.05)
    shop.database.sql("CREATE TABLE kept WITH (autovacuum_enabled = off) AS SELECT n FROM generate_series(1, 500) n")
    shop.database.sql("DELETE FROM kept")
    assert shop.numbers()["unanalyzed_longest"] > 0
    shop.watch.fires_and_is_over(
        "A table that changes was not vacuumed for a week (shop)", lambda: shop.database.sql("VACUUM kept"), TEN_SECONDS
    )


def test_a_prepared_transaction_that_is_left(shop: Shop) -> None:
    shop.watch.only("prepared-left", above=0.05)
    shop.admin("BEGIN; INSERT INTO written VALUES (5); PREPARE TRANSACTION 'left'")
    shop.watch.fires_and_is_over(
        "A transaction was prepared and left (shop)", lambda: shop.admin("ROLLBACK PREPARED 'left'"), TEN_SECONDS
    )


def test_an_index_that_was_not_built_to_its_end(shop: Shop) -> None:
    shop.watch.only("index-invalid")
    shop.database.sql("CREATE TABLE twice AS SELECT 1 AS n FROM generate_series(1, 2)")
    with pytest.raises(psycopg.errors.UniqueViolation):
        shop.database.sql("CREATE UNIQUE INDEX CONCURRENTLY once ON twice (n)")
    shop.watch.fires_and_is_over(
        "An index was not built to its end (shop)", lambda: shop.database.sql("DROP INDEX once"), TEN_SECONDS
    )


def test_a_page_that_is_not_what_was_written(shop: Shop) -> None:
    shop.watch.only("pages-damaged")
    shop.database.sql("CREATE TABLE page AS SELECT n FROM generate_series(1, 100) n")
    shop.admin("CHECKPOINT")
    ((place,),) = shop.database.sql("SELECT pg_relation_filepath('page')")
    path = shop.database.cluster.data_dir / place
    whole = path.read_bytes()

    def read() -> None:
        path.write_bytes(whole[:8000] + b"\xff" + whole[8001:])
        shop.admin("SELECT pg_buffercache_evict_relation('page')")
        with pytest.raises(psycopg.errors.DataCorrupted):
            shop.database.sql("SELECT sum(n) FROM page")

    after(read, shop)
    shop.watch.fires_and_is_over("Pages of a database are damaged (shop)", lambda: path.write_bytes(whole), TWO_MINUTES)


def test_what_upkeep_tells(shop: Shop) -> None:
    shop.admin("CHECKPOINT")
    numbers = shop.numbers()
    assert numbers["size"] > 20e6 and numbers["tables"] >= 5 and numbers["log_kept"] >= 16 << 20
    assert numbers["checkpoints_requested"] >= 1 and numbers["memory_anonymous"] > 1e6


def _tried(session: "psycopg.Connection[tuple[object, ...]]", text: str) -> None:
    """One of two that lock each other out is ended."""
    try:
        session.execute(text.encode())
    except psycopg.errors.DeadlockDetected:
        pass
    session.rollback()


def test_one_that_stands_still_is_waited_for_a_moment_and_only_once(shop: Shop) -> None:
    running = shop.database.cluster.adopt()
    assert running is not None
    connecting, wanted = Connecting[int](), {1: partial(shop.database.connect, database="postgres")}
    os.kill(running.pid, signal.SIGSTOP)
    try:
        began_s = time.monotonic()
        assert connecting.made(wanted) == {} == connecting.made(wanted)
        assert time.monotonic() - began_s < 5
    finally:
        os.kill(running.pid, signal.SIGCONT)
    made: dict[int, Kept] = {}
    eventually(lambda: made.update(connecting.made(wanted)) or made)
    assert len(dict(healths({1: made[1].connection}, patience_s=5))) == 1
    made[1].close()


def test_a_database_that_nobody_uses_is_asked_seldom_and_at_once_when_somebody_comes(shop: Shop) -> None:
    later_s = 0.0
    resting = Resting(lambda: time.monotonic() + later_s)

    def look(after_s: float = 0.0) -> bool:
        """Whether it had to be asked; from then on it may be at rest."""
        nonlocal later_s
        later_s += after_s
        if resting.known([1]):
            return False
        with closing(Kept(partial(shop.database.connect, database="postgres"))) as kept:
            ((_, health),) = healths({1: kept.connection}, patience_s=5)
            session = kept.connection.info.backend_pid
            resting.note(1, health, session)
        eventually(lambda: not Path(f"/proc/{session}").exists())
        return True

    def comes_to_rest() -> None:
        eventually(lambda: not look(STILL_FOR_S) or not look())

    comes_to_rest()
    with shop.database.connect():
        assert look() and look(STILL_FOR_S) and look()
    comes_to_rest()
    running = shop.database.cluster.adopt()
    assert running is not None
    running.send(signal.SIGSTOP)
    try:
        eventually(lambda: not resting.known([1]))
    finally:
        running.send(signal.SIGCONT)
    comes_to_rest()
    assert look(STILL_FOR_S)
