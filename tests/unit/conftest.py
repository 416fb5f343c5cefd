"""Fixtures of the unit tests: a store on a real SQLite file, and a clock that moves a second at every look."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from nacre.core.clock import Clock
from nacre.core.store.store import Store

START = datetime(2026, 1, 31, 10, 42, tzinfo=UTC)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database at the newest schema; tests copy it, since migrating takes far longer than copying."""
    path = tmp_path_factory.mktemp("migrated") / "data.db"
    Store(path).close()
    return path


@pytest.fixture
def database(migrated: Path, tmp_path: Path) -> Path:
    """The path of an empty database of this test's own."""
    return Path(shutil.copy(migrated, tmp_path / "data.db"))


@pytest.fixture
def store(database: Path) -> Iterator[Store]:
    store = Store(database)
    yield store
    store.close()


@pytest.fixture
def clock() -> Clock:
    seconds = count()
    return lambda: START + timedelta(seconds=next(seconds))


@pytest.fixture
def refused_with() -> Callable[..., None]:
    """`refused_with("code", function, …)`: the call raises a NacreError of that code, with a message to go with it."""
    from nacre.core.errors import NacreError

    def check(code: str, function: Callable[..., object], *arguments: object) -> None:
        with pytest.raises(NacreError) as caught:
            function(*arguments)
        assert caught.value.code == code
        assert caught.value.message

    return check
