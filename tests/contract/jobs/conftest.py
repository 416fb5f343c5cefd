"""The table of jobs on each database that it works on: SQLite, as the control plane's store, and a real PostgreSQL."""

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine

from nacre.core.store.store import Store
from nacre.core.store.tables import metadata
from nacre.engines.postgres.cluster import Cluster
from nacre.engines.postgres.installation import embedded
from nacre.engines.postgres.seat import Seat
from nacre.engines.processes.users import find
from nacre.jobs.book import Database
from nacre.jobs.jobs import Jobs
from nacre.jobs.tables import attempts, jobs, log_pieces

TABLES = [jobs, attempts, log_pieces]


class SetClock:
    """The control plane's clock: it stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 31, 10, 42, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class OnPostgres:
    """A database of jobs on PostgreSQL, as several control planes would share it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            yield connection


@pytest.fixture(scope="session")
def postgres() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory(prefix="nacre-jobs-") as folder, socket.socket() as probe:
        place = Path(folder)
        place.chmod(0o711)
        probe.bind(("127.0.0.1", 0))
        seat = Seat(int(probe.getsockname()[1]), place / "s", tcp=False)
        (place / "data").mkdir()
        cluster = Cluster(embedded(place), place / "data", find("nobody") if os.geteuid() == 0 else None)
        cluster.initialise("open sesame")
        cluster.start(seat, place / "wal", place / "log")
        url = f"postgresql+psycopg://nacre:open sesame@/postgres?host={seat.socket_dir}&port={seat.port}"
        engine = create_engine(url, pool_size=20)
        metadata.create_all(engine, tables=TABLES)
        yield engine
        engine.dispose()
        cluster.stop("immediate")


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = Store(tmp_path_factory.mktemp("jobs") / "data.db")
    yield store
    store.close()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    """An empty table of jobs."""
    found = request.getfixturevalue(request.param)
    database: Database = OnPostgres(found) if isinstance(found, Engine) else found
    empty(database)
    return database


def empty(database: Database) -> None:
    with database.write() as connection:
        for table in reversed(TABLES):
            connection.execute(table.delete())


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def queue(database: Database, clock: SetClock) -> Jobs:
    return Jobs(database, clock)
