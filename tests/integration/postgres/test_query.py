"""What a person's SQL brings back, and what their role may and may not do."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from nacre.core.errors import Conflict, Failed, InvalidInput, NotAllowed, NotFound
from nacre.engines.postgres.extensions import ON_REQUEST, REFUSED, create_extension
from nacre.engines.postgres.provision import ensure_database, ensure_role, set_password
from nacre.engines.postgres.query import Result, query

if TYPE_CHECKING:
    from tests.integration.postgres.conftest import Life, World


@pytest.fixture
def life(plain_world: "World") -> Iterator["Life"]:
    life = plain_world.first_life()
    with life.connect() as connection:
        for _ in range(2):  # again and again
            ensure_role(connection, "shop", "its password")
            ensure_database(connection, "shop", "shop")
    yield life


def run(life: "Life", text: str, **how: float) -> Result:
    with life.connect(user="shop", password="its password", database="shop") as connection:
        return query(connection, text, **how)  # type: ignore[arg-type]


def test_values_come_as_json_and_several_statements_give_the_last_result(life: "Life") -> None:
    result = run(
        life,
        "SELECT 1 AS one, 2.50::numeric AS n, 1.5::float8 AS f, 'NaN'::float8 AS nan, true AS yes, NULL AS none, "
        "'{\"a\": [1]}'::jsonb AS j, '\\x00ff'::bytea AS b, '2026-01-02 03:04:05+00'::timestamptz AS t, "
        "ARRAY[1,2] AS a, ARRAY[1.5::numeric] AS na, int4range(1,5) AS r, ROW(1,'x') AS rec, 'x'::name AS name",
    )
    assert dict(zip(result.columns, result.rows[0], strict=True)) == {
        "one": 1, "n": "2.50", "f": 1.5, "nan": "NaN", "yes": True, "none": None, "j": {"a": [1]}, "b": "AP8=",
        "t": "2026-01-02 03:04:05+00", "a": [1, 2], "na": ["1.5"], "r": "[1,5)", "rec": ["1", "x"], "name": "x",
    }  # fmt: skip
    result = run(life, "CREATE TABLE t (n int); INSERT INTO t VALUES (1), (2); SELECT n FROM t ORDER BY n")
    assert (result.columns, result.rows, result.row_count) == (["n"], [[1], [2]], 2)
    result = run(life, "INSERT INTO t SELECT generate_series(1, 5)")
    assert (result.columns, result.rows, result.row_count, result.command) == ([], [], 5, "INSERT 0 5")
    assert run(life, "SELECT n FROM t WHERE false").columns == ["n"]
    assert run(life, "").columns == []


def test_rows_beyond_the_limit_are_counted_and_nothing_is_undone(life: "Life") -> None:
    run(life, "CREATE TABLE t (n int)")
    result = run(life, "INSERT INTO t SELECT generate_series(1, 2000) RETURNING n", row_limit=3)
    assert (result.rows, result.row_count, result.truncated) == ([[1], [2], [3]], 2000, True)
    assert run(life, "SELECT count(*) FROM t").rows == [[2000]]
    result = run(life, "SELECT 1; SELECT generate_series(1, 9)", row_limit=2)
    assert (result.rows, result.row_count, result.truncated) == ([[1], [2]], 9, True)


@pytest.mark.parametrize("text", ["SELEC 1", "SELECT 1; SELEC 1", "SELECT 1/0", "SELECT * FROM nowhere"])
def test_errors_of_sql_say_what_postgres_said(life: "Life", text: str) -> None:
    with pytest.raises(InvalidInput, match="SQLSTATE") as caught:
        run(life, text)
    assert caught.value.code == "sql-error"


def test_a_statement_that_takes_too_long_is_cancelled(life: "Life") -> None:
    with pytest.raises(Failed, match="longer than") as caught:
        run(life, "SELECT pg_sleep(20)", timeout_s=0.2)
    assert caught.value.code == "sql-timeout"


@pytest.mark.parametrize(
    "text",
    [
        "COPY (SELECT 1) TO PROGRAM 'id'",
        "SELECT pg_read_file('/etc/passwd')",
        "GRANT pg_execute_server_program TO shop",
        "CREATE ROLE king SUPERUSER",
        "ALTER ROLE nacre PASSWORD 'mine'",
        "ALTER SYSTEM SET archive_mode = off",
        "CREATE EXTENSION file_fdw",
        "SELECT lo_import('/etc/passwd')",
    ],
)
def test_the_persons_role_reaches_nothing_of_the_machine(life: "Life", text: str) -> None:
    with pytest.raises(InvalidInput, match="42501"):
        run(life, text)


def test_the_persons_role_does_everything_else(life: "Life") -> None:
    for text in (
        "CREATE DATABASE another",
        "CREATE ROLE app LOGIN PASSWORD 'x'",
        "GRANT CONNECT ON DATABASE shop TO app",
        "CREATE EXTENSION pg_trgm",
        "CREATE SCHEMA s",
        "CHECKPOINT",
        "VACUUM",
        "SELECT * FROM pg_stat_activity",
    ):
        run(life, text)


def test_a_password_can_be_changed_and_a_wrong_one_is_refused(life: "Life") -> None:
    with life.connect() as connection:
        set_password(connection, "shop", "another")
    with pytest.raises(Conflict):
        run(life, "SELECT 1")


def test_safe_extensions_are_made_and_the_others_refused_with_a_reason(life: "Life") -> None:
    with life.connect(database="shop") as connection:
        available = {row[0] for row in connection.execute("SELECT name FROM pg_available_extensions")}
        trusted = {
            row[0] for row in connection.execute("SELECT name FROM pg_available_extension_versions WHERE trusted")
        }
        assert available - trusted - ON_REQUEST.keys() - REFUSED.keys() == set(), "every extension is judged"
        for name in sorted(available & (trusted | ON_REQUEST.keys())):
            create_extension(connection, name)
            create_extension(connection, name)
        with pytest.raises(NotAllowed, match="other branches"):
            create_extension(connection, "dblink")
        with pytest.raises(NotFound):
            create_extension(connection, "no_such_thing")
    assert run(life, "SELECT '[1,2,3]'::vector <-> '[1,2,4]'").rows == [[1.0]]
