"""What is wrong with a database file is told before anything is written to it, and so is what to do."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest
from sqlalchemy import text
from tests.conftest import make_reachable

from nacre.core.errors import NacreError
from nacre.core.store.soundness import Soundness, look, look_through
from nacre.core.store.store import Store
from nacre.engines.processes.users import Account
from nacre.knowledge.tables import is_knowledge
from nacre.system.upkeep import Upkeep


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A closed database, with rows enough that each table has pages below its root."""
    path = tmp_path_factory.mktemp("sound") / "data.db"
    store = Store(path)
    with store.write() as connection:
        for table in ("filled", "knowledge_filled"):
            connection.execute(text(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, word TEXT)"))
            connection.execute(text(f"INSERT INTO {table} (word) SELECT hex(randomblob(200)) {_THOUSAND}"))
    store.close()
    yield path


_THOUSAND = "FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000) SELECT i FROM n)"


@pytest.fixture
def data(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sound, tmp_path / "data.db"))


def test_a_sound_one_is_looked_through_and_opens(data: Path) -> None:
    assert look(data, is_knowledge) == Store(data).soundness
    assert look(data, is_knowledge).whole and look_through(data) == {}


@pytest.mark.parametrize(
    ("spoil", "code", "told"),
    [
        (lambda data: data.write_bytes(b"GIF89a" + data.read_bytes()[6:]), "no-database", "is no SQLite database"),
        (lambda data: os.truncate(data, data.stat().st_size // 2 + 100), "database-damaged", "it is cut off"),
        (lambda data: os.truncate(data, 50), "database-damaged", "it is cut off: 50 of"),
        (lambda data: _overwrite(data, "filled"), "database-damaged", "table “filled”"),
        (lambda data: _overwrite(data, "sqlite_schema"), "database-damaged", "malformed"),
        (lambda data: _made_by_another_program(data), "not-our-database", "the tables “notes”"),
        (lambda data: (data.unlink(), data.mkdir()), "database-closed", "Is a directory"),
    ],
)
def test_one_that_is_not_is_refused_with_what_to_do_and_left_as_it_is(
    data: Path, spoil: Callable[[Path], object], code: str, told: str
) -> None:
    spoil(data)
    before = data.read_bytes() if data.is_file() else None
    with pytest.raises(NacreError) as refused:
        Store(data)
    assert refused.value.code == code and told in refused.value.message
    assert str(data) in refused.value.message and refused.value.hint
    assert (data.read_bytes() if data.is_file() else None) == before


def test_damage_in_what_all_else_can_do_without_is_told_and_borne(data: Path) -> None:
    _overwrite(data, "knowledge_filled")
    store = Store(data, bearable=is_knowledge)
    assert list(store.soundness.damage) == ["knowledge_filled"]
    with store.write() as connection:
        assert connection.execute(text("SELECT count(*) FROM filled")).scalar() == 1000
        connection.execute(text("DELETE FROM filled WHERE id = 1"))
    with pytest.raises(NacreError) as refused, store.read() as connection:
        connection.execute(text("SELECT sum(length(word)) FROM knowledge_filled")).scalar()
    assert refused.value.code == "database-damaged"
    store.close()
    later = Upkeep(data, Soundness(False, {}))  # as of a large one, of which not all was looked at before the start
    assert later.told == "being looked through"
    later.look()
    assert later.told.startswith("damaged: knowledge_filled")


def test_the_log_of_another_database_is_not_written_into_it(data: Path, tmp_path: Path) -> None:
    other = Store(tmp_path / "other.db")
    with other.write() as connection:
        connection.execute(text("CREATE TABLE more AS SELECT hex(randomblob(300)) AS word " + _THOUSAND))
    other.close()  # its log is written back
    other = Store(tmp_path / "other.db")
    with other.write() as connection:
        connection.execute(text("INSERT INTO more SELECT hex(randomblob(300)) AS word " + _THOUSAND))
    shutil.copy(tmp_path / "other.db-wal", tmp_path / "data.db-wal")
    other.close()
    before = data.read_bytes()
    with pytest.raises(NacreError) as refused:
        Store(data)
    assert refused.value.code == "foreign-wal" and "data.db-wal" in refused.value.hint
    assert data.read_bytes() == before and (tmp_path / "data.db-wal").stat().st_size
    for name in ("data.db-wal", "data.db-shm"):
        (tmp_path / name).unlink()
    Store(data).close()


@pytest.mark.root
def test_a_file_that_this_user_may_not_write_is_told_as_that(data: Path, unprivileged: Account) -> None:
    make_reachable(data.parent)
    data.chmod(0o644)
    os.seteuid(unprivileged.uid)
    try:
        with pytest.raises(NacreError) as refused:
            Store(data)
    finally:
        os.seteuid(0)
    assert refused.value.code == "database-closed" and "Permission denied" in refused.value.message


def _overwrite(data: Path, table: str) -> None:
    """Random bytes over a page in the middle of a table."""
    database = apsw.Connection(str(data))
    (page,) = database.execute(
        "SELECT pageno FROM dbstat WHERE name = ? AND pageno > 1 ORDER BY pageno LIMIT 1 OFFSET 3", (table,)
    ).fetchone() or (1,)
    size = database.pragma("page_size")
    database.close()
    with data.open("r+b") as file:
        file.seek((page - 1) * size + (100 if page == 1 else 0))
        file.write(os.urandom(size - 100))


def _made_by_another_program(data: Path) -> None:
    data.unlink()
    database = apsw.Connection(str(data))
    database.execute("CREATE TABLE notes (word TEXT)")
    database.close()
