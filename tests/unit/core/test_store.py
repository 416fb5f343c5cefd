"""The store: the schema that the code expects, the settings that keep it safe, writers that wait for one another."""

import importlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import apsw
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.dialects.sqlite import dialect as sqlite
from sqlalchemy.exc import IntegrityError

import nacre
from nacre.core.errors import Failed
from nacre.core.store import dbapi
from nacre.core.store.connections import MOST
from nacre.core.store.store import Store, native
from nacre.core.store.tables import UtcTime, metadata
from nacre.core.store.version import check_version

Refused = Callable[..., None]


@pytest.fixture(scope="session", autouse=True)
def all_tables() -> None:
    """Import whatever declares tables."""
    house = Path(nacre.__path__[0])
    for path in house.rglob("*.py"):
        if " = Table(" in path.read_text():
            importlib.import_module(".".join(("nacre", *path.relative_to(house).with_suffix("").parts)))


@pytest.fixture
def counter(store: Store) -> Store:
    """A store with a table to count in."""
    with store.write() as connection:
        connection.execute(text("CREATE TABLE counter (name TEXT UNIQUE, n INTEGER)"))
        connection.execute(text("INSERT INTO counter VALUES ('one', 0)"))
    return store


def value(store: Store) -> int:
    with store.read() as connection:
        return int(connection.execute(text("SELECT n FROM counter WHERE name = 'one'")).scalar_one())


def test_migrations_make_exactly_the_schema_of_the_code(store: Store) -> None:
    with store.read() as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
    assert [one for one in found if not (one[0] == "remove_table" and is_virtual(one[1].name))] == []


def test_keys_and_constraints_of_the_migrations_are_those_of_the_code_too(store: Store, tmp_path: Path) -> None:
    declared = create_engine(f"sqlite+apsw:///{tmp_path / 'declared.db'}")
    metadata.create_all(declared)
    with store.read() as migrated, declared.connect() as made:
        assert shape(migrated) == shape(made)
    declared.dispose()


def shape(connection: Connection) -> dict[str, dict[str, Any]]:
    inspector = inspect(connection)
    return {
        table: {
            "columns": {each["name"]: (str(each["type"]), each["nullable"]) for each in inspector.get_columns(table)},
            "key": inspector.get_pk_constraint(table)["constrained_columns"],
            "unique": sorted(each["column_names"] for each in inspector.get_unique_constraints(table)),
            "references": sorted(
                (each["constrained_columns"], each["referred_table"]) for each in inspector.get_foreign_keys(table)
            ),
            "indexes": sorted((str(each["name"]), each["unique"]) for each in inspector.get_indexes(table)),
        }
        for table in inspector.get_table_names()
        if table != "alembic_version" and not is_virtual(table)
    }


def is_virtual(table: str) -> bool:
    """Tables of vectors, and those that they are kept in: SQLAlchemy knows no such."""
    return table.startswith("vec_knowledge")


def test_opening_a_database_again_changes_nothing(database: Path) -> None:
    Store(database).close()
    before = database.read_bytes()
    Store(database).close()
    assert database.read_bytes() == before


def test_a_database_of_a_newer_nacre_is_refused_and_left_alone(database: Path, refused_with: Refused) -> None:
    store = Store(database)
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    before = database.read_bytes()
    refused_with("newer-database", Store, database)
    assert database.read_bytes() == before


@pytest.mark.parametrize(
    ("pragma", "expected"),
    [("journal_mode", "wal"), ("synchronous", 1), ("foreign_keys", 1), ("temp_store", 2), ("busy_timeout", 5000)],
)
def test_every_connection_has_the_settings_that_keep_it_safe(store: Store, pragma: str, expected: object) -> None:
    with store.read() as first, store.read() as second, store.write() as third:
        for connection in (first, second, third):
            assert connection.execute(text(f"PRAGMA {pragma}")).scalar() == expected


def test_the_file_is_read_through_memory_mapping(store: Store) -> None:
    with store.read() as connection:
        assert int(connection.execute(text("PRAGMA mmap_size")).scalar_one()) >= 1_000_000_000


def test_the_sqlite_build_is_free_of_the_wal_reset_corruption(store: Store) -> None:
    assert dbapi.sqlite_version_info >= (3, 51, 3)
    with store.read() as connection:
        assert connection.execute(text("SELECT sqlite_version()")).scalar() == dbapi.sqlite_version


def test_no_module_of_nacre_opens_a_second_sqlite_build() -> None:
    for path in Path(nacre.__path__[0]).rglob("*.py"):
        assert "import sqlite3" not in path.read_text(), path


def test_foreign_keys_are_enforced(store: Store) -> None:
    with pytest.raises(IntegrityError), store.write() as connection:
        connection.execute(text("INSERT INTO activation VALUES (1, 99, 99, 0, 0)"))


def test_what_a_write_did_is_taken_back_when_it_raises(counter: Store) -> None:
    with pytest.raises(ZeroDivisionError), counter.write() as connection:
        connection.execute(text("UPDATE counter SET n = 7"))
        connection.execute(text("CREATE TABLE another (a)"))
        raise ZeroDivisionError
    assert value(counter) == 0
    with counter.read() as connection:
        assert not inspect(connection).has_table("another")
    with counter.write() as connection:
        connection.execute(text("UPDATE counter SET n = 8"))
    assert value(counter) == 8


def test_a_connection_used_for_reading_is_transactional_again_for_writing(counter: Store) -> None:
    for _ in range(10):
        assert value(counter) == 0
        with pytest.raises(IntegrityError), counter.write() as connection:
            connection.execute(text("UPDATE counter SET n = n + 1"))
            connection.execute(text("INSERT INTO counter VALUES ('one', 0)"))


def test_a_reader_sees_each_commit_at_once_and_nothing_before_it(counter: Store) -> None:
    with counter.read() as reader, counter.write() as writer:
        query = text("SELECT n FROM counter")
        writer.execute(text("UPDATE counter SET n = 1"))
        assert reader.execute(query).scalar() == 0
        writer.commit()
        assert reader.execute(query).scalar() == 1


@pytest.fixture
def second(counter: Store) -> Iterator[Store]:
    """Another store on the same file, which shares no lock with the first."""
    store = Store(counter.path)
    yield store
    store.close()


def test_eight_threads_writing_through_two_stores_lose_nothing(counter: Store, second: Store) -> None:
    def add(worker: int) -> None:
        for _ in range(25):
            with (counter, second)[worker % 2].write() as connection:
                n = connection.execute(text("SELECT n FROM counter")).scalar_one()
                connection.execute(text("UPDATE counter SET n = :n"), {"n": n + 1})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(8)))
    assert value(counter) == 200


def test_readers_do_not_wait_for_a_writer(counter: Store) -> None:
    with counter.write() as connection:
        connection.execute(text("UPDATE counter SET n = 1"))
        seen: list[int] = []
        reader = threading.Thread(target=lambda: seen.append(value(counter)))
        reader.start()
        reader.join(timeout=2)
        assert seen == [0]


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9, minutes=-30))])))
def test_times_are_kept_to_the_microsecond_whatever_their_zone(time: datetime) -> None:
    kind = UtcTime()
    stored = kind.process_bind_param(time, sqlite())
    back = kind.process_result_value(stored, sqlite())
    assert isinstance(stored, int)
    assert back is not None
    assert (back, back.tzinfo) == (time, UTC)


def test_a_database_kept_by_an_engine_of_ours_is_wal_on_disk(store: Store) -> None:
    engine: Engine = create_engine(f"sqlite+apsw:///{store.path}")
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    engine.dispose()


def test_a_write_inside_a_write_raises_instead_of_waiting_for_itself(counter: Store) -> None:
    with counter.write(), pytest.raises(RuntimeError, match="inside another"), counter.write():
        pass
    with counter.write() as connection:
        connection.execute(text("UPDATE counter SET n = n + 1"))
    assert value(counter) == 1


@pytest.mark.parametrize("version", [(3, 40, 1), (3, 51, 2)])
def test_an_sqlite_that_can_corrupt_its_wal_is_refused(version: tuple[int, ...]) -> None:
    with pytest.raises(Failed) as refused:
        check_version(version)
    assert refused.value.code == "sqlite-too-old"
    check_version((3, 51, 3))


def test_connections_are_used_again_and_only_a_handful_is_kept(store: Store) -> None:
    for _ in range(3):
        value_of_one(store)
    assert store.connections == 1
    with ExitStack() as many:
        for _ in range(20):
            many.enter_context(store.read())
        assert store.connections == 20
    assert store.connections <= 5


def test_a_connection_that_is_broken_is_given_to_nobody_else(store: Store) -> None:
    for _ in range(MOST + 1):
        with pytest.raises(apsw.ConnectionClosedError), store.read() as connection:
            native(connection).close()
    with store.write() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    assert store.connections == 1


def value_of_one(store: Store) -> None:
    with store.read() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1


def test_a_transaction_that_a_reader_left_open_is_not_the_next_ones(counter: Store) -> None:
    with pytest.raises(ZeroDivisionError), counter.read() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        connection.execute(text("UPDATE counter SET n = 7"))
        raise ZeroDivisionError
    assert value(counter) == 0
    with counter.write() as connection:
        connection.execute(text("UPDATE counter SET n = 8"))
    assert value(counter) == 8


def test_whoever_comes_when_all_connections_are_in_use_gets_the_first_that_comes_back(store: Store) -> None:
    with ExitStack() as many, ThreadPoolExecutor(1) as later:
        held = [store.read() for _ in range(MOST)]
        for one in held:
            one.__enter__()
        waiting = later.submit(value_of_one, store)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.2)
        held.pop().__exit__(None, None, None)
        waiting.result(timeout=10)
        for one in held:
            many.push(one)


def test_connections_that_come_back_after_it_was_closed_are_closed(database: Path) -> None:
    store = Store(database)
    with store.read() as connection:
        store.close()
        used = native(connection)
    with pytest.raises(apsw.ConnectionClosedError):
        used.execute("SELECT 1")
