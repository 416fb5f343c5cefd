"""The DB-API adapter over apsw: what SQLAlchemy's SQLite dialect relies on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nacre.core.store import dbapi


@pytest.fixture
def cursor(tmp_path: Path) -> Iterator[dbapi.Cursor]:
    connection = dbapi.connect(str(tmp_path / "test.db"))
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b TEXT UNIQUE, c INTEGER NOT NULL DEFAULT 0)")
    yield cursor
    connection.close()


@pytest.mark.parametrize("value", [None, 0, -(2**63), 2**63 - 1, 1.5, "", "上线\0", b"", b"\x00\xff"])
def test_values_come_back_as_they_went_in(cursor: dbapi.Cursor, value: object) -> None:
    cursor.execute("INSERT INTO t (a) VALUES (?)", (value,))
    row = cursor.execute("SELECT a FROM t").fetchone()
    assert row == (value,)
    assert row is not None
    assert type(row[0]) is type(value)


def test_rows_are_fetched_one_by_one_by_the_handful_and_all(cursor: dbapi.Cursor) -> None:
    cursor.executemany("INSERT INTO t (a) VALUES (?)", [(number,) for number in range(6)])
    cursor.execute("SELECT a FROM t ORDER BY a")
    assert cursor.fetchone() == (0,)
    assert cursor.fetchmany() == [(1,)]
    assert cursor.fetchmany(2) == [(2,), (3,)]
    assert cursor.fetchall() == [(4,), (5,)]
    assert cursor.fetchone() is None


def test_columns_are_described_also_of_no_rows_and_of_returning(cursor: dbapi.Cursor) -> None:
    cursor.execute("SELECT a AS x, b FROM t")
    assert [column[0] for column in cursor.description or []] == ["x", "b"]
    cursor.execute("INSERT INTO t (a) VALUES (1) RETURNING id, a")
    assert [column[0] for column in cursor.description or []] == ["id", "a"]
    assert cursor.fetchall() == [(1, 1)]
    cursor.execute("DELETE FROM t")
    assert cursor.description is None


def test_rowcount_is_the_number_of_rows_changed(cursor: dbapi.Cursor) -> None:
    cursor.executemany("INSERT INTO t (a) VALUES (?)", [(1,), (1,), (2,)])
    assert cursor.rowcount == 3
    cursor.execute("UPDATE t SET c = 5 WHERE a = 1")
    assert cursor.rowcount == 2
    cursor.execute("DELETE FROM t WHERE a = 99")
    assert cursor.rowcount == 0


def test_lastrowid_is_the_row_just_inserted(cursor: dbapi.Cursor) -> None:
    cursor.execute("INSERT INTO t (id) VALUES (41)")
    cursor.execute("INSERT INTO t (a) VALUES (1)")
    assert cursor.lastrowid == 42


@pytest.mark.parametrize(
    "sql", ["INSERT INTO t (id, b) VALUES (1, 'taken'), (2, 'taken')", "INSERT INTO t (c) VALUES (NULL)"]
)
def test_a_broken_constraint_is_an_integrity_error_and_changes_nothing(cursor: dbapi.Cursor, sql: str) -> None:
    with pytest.raises(dbapi.IntegrityError):
        cursor.execute(sql)
    assert cursor.execute("SELECT count(*) FROM t").fetchone() == (0,)


@pytest.mark.parametrize("sql", ["SELECT nothing FROM nowhere", "nonsense", "SELECT 'open"])
def test_wrong_sql_is_an_operational_error(cursor: dbapi.Cursor, sql: str) -> None:
    with pytest.raises(dbapi.OperationalError):
        cursor.execute(sql)


def test_two_connections_see_only_what_is_committed(tmp_path: Path) -> None:
    one, other = (dbapi.connect(str(tmp_path / "test.db")) for _ in range(2))
    one.cursor().execute("CREATE TABLE t (a)")
    one.cursor().execute("BEGIN IMMEDIATE")
    one.cursor().execute("INSERT INTO t VALUES (1)")
    assert other.cursor().execute("SELECT count(*) FROM t").fetchone() == (0,)
    one.commit()
    one.commit()
    assert other.cursor().execute("SELECT count(*) FROM t").fetchone() == (1,)
    one.cursor().execute("BEGIN IMMEDIATE")
    one.cursor().execute("DELETE FROM t")
    one.rollback()
    one.rollback()
    assert other.cursor().execute("SELECT count(*) FROM t").fetchone() == (1,)
    one.close()
    other.close()
