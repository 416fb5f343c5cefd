"""The table of jobs on each database that it works on: SQLite, as the control plane's store, and a real PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from tests.database import OnPostgres, postgres_with

from nacre.core.store.database import Database
from nacre.core.store.store import Store
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


@pytest.fixture(scope="session")
def postgres() -> Iterator[Engine]:
    with postgres_with(TABLES) as engine:
        yield engine


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
