"""The clients that people use, against the server: psql, psycopg, asyncpg, and Postgres itself by postgres_fdw."""

import asyncio
import subprocess
import threading
import time

import asyncpg
import psycopg
import pytest
from psycopg import errors
from tests.integration.postgres.conftest import PASSWORD
from tests.waiting import eventually

from nacre.engines.postgres.session import connect


@pytest.mark.parametrize("spoken", ["3.0", "latest"])
def test_psql_asks_and_is_told(served, installation, spoken):
    """psql of either version; the newer one can ask for a newer protocol than is spoken."""
    newest = f" max_protocol_version={spoken}" if installation.major >= 18 else ""

    def psql(*words: str) -> "subprocess.CompletedProcess[str]":
        argv = [installation.program("psql"), "-X", "-A", "-t", f"host={served.folder} user=ada dbname=any{newest}"]
        return subprocess.run([*argv, *words], capture_output=True, text=True, timeout=20, check=False)

    assert psql("-c", "SELECT answer FROM call WHERE request = 'it''s'").stdout == "ada: it's\n"
    refused = psql("-v", "VERBOSITY=verbose", "-c", "SELECT * FROM call WHERE request = 'fail'").stderr
    assert "LM004: Too much was asked." in refused and "Wait a minute." in refused and "Of whom: me." in refused
    assert "There is no relation" in psql("-c", "SELECT * FROM nothing").stderr
    done = psql("-c", "BEGIN; SELECT answer FROM call WHERE (request = 'a'); COMMIT", "-c", ";", "-c", "SHOW timezone")
    assert done.stdout.splitlines()[-1] == "GMT" and not done.stderr


def test_psycopg_prepares_binds_and_pulls(served):
    with psycopg.connect(host=str(served.folder), user="ada", dbname="any", autocommit=True) as connection:
        for text in ("one", "zwei ✓", "\\ 'quoted'", "x" * 2_000_000):
            found = connection.execute("SELECT answer FROM call WHERE request = %s", [text], prepare=True).fetchone()
            assert found == (f"ada: {text}",)
        with pytest.raises(psycopg.Error) as refused:
            connection.execute("SELECT answer FROM call WHERE request = %s", ["fail"])
        assert (refused.value.sqlstate, refused.value.diag.message_hint) == ("LM004", "Wait a minute.")
        served.let(3)
        assert [row[0] for row in connection.cursor().stream("SELECT piece FROM stream WHERE request = '3'")] == [
            "0", "1", "2",
        ]  # fmt: skip
    with psycopg.connect(host=str(served.folder), user="ada", dbname="any", autocommit=True) as connection:
        with connection.pipeline():
            many = [connection.execute("SELECT answer FROM call WHERE request = %s", [str(n)]) for n in range(50)]
        assert [cursor.fetchone() for cursor in many] == [(f"ada: {n}",) for n in range(50)]


def test_a_failed_transaction_does_nothing_until_it_ends(served):
    with psycopg.connect(host=str(served.folder), user="ada", dbname="any") as connection:
        with pytest.raises(psycopg.Error):
            connection.execute("SELECT answer FROM call WHERE request = 'fail'")
        with pytest.raises(errors.InFailedSqlTransaction):
            connection.execute("SELECT answer FROM call WHERE request = 'x'")
        connection.rollback()
        with connection.transaction():
            with pytest.raises(psycopg.Error), connection.transaction():
                connection.execute("SELECT answer FROM call WHERE request = 'fail'")
            assert connection.execute("SELECT answer FROM call WHERE request = 'x'").fetchone() == ("ada: x",)
        with connection.cursor(name="c") as cursor:
            served.let(5)
            cursor.execute("SELECT piece FROM stream WHERE request = '5'")
            assert cursor.fetchmany(2) == [("0",), ("1",)]
            assert cursor.fetchall() == [("2",), ("3",), ("4",)]


async def test_asyncpg_by_password_prepares_and_streams(served):
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(host="127.0.0.1", port=served.port, user="ada", password="wrong", database="any")
    connection = await asyncpg.connect(host="127.0.0.1", port=served.port, user="ada", password="right", database="any")
    try:
        assert await connection.fetchval("SELECT answer FROM call WHERE request = $1", "hello") == "ada: hello"
        with pytest.raises(asyncpg.PostgresError) as refused:
            await connection.fetchval("SELECT answer FROM call WHERE request = $1", "fail")
        assert refused.value.sqlstate == "LM004"
        served.let(4)
        async with connection.transaction():
            rows = [row["piece"] async for row in connection.cursor("SELECT piece FROM stream WHERE request = '4'")]
        assert rows == ["0", "1", "2", "3"]
        with pytest.raises(asyncio.TimeoutError):
            await connection.fetchval("SELECT answer FROM wait", timeout=0.05)
        assert await connection.fetchval("SELECT answer FROM call WHERE request = 'on'") == "ada: on"
    finally:
        await connection.close()


def test_postgres_asks_through_its_foreign_data_wrapper(asking):
    for text in ("plain", "it's \\ and \n ✓", "x" * 300_000):
        assert asking.execute("SELECT answer FROM call WHERE request = %s", [text]).fetchone() == (f"fdw: {text}",)
    asking.execute("DO $$ DECLARE a text; BEGIN FOR n IN 1..20 LOOP"
                   " SELECT answer INTO STRICT a FROM call WHERE request = 'n' || n; END LOOP; END $$")  # fmt: skip
    with pytest.raises(psycopg.Error) as refused:
        asking.execute("SELECT answer FROM call WHERE request = 'fail'")
    said = refused.value.diag
    assert (said.sqlstate, said.message_primary) == ("LM004", "Too much was asked.")
    assert (said.message_detail, said.message_hint) == ("Of whom: me.", "Wait a minute.")
    with asking.transaction():
        asking.execute("SELECT answer FROM call WHERE request = 'a'")
        with pytest.raises(psycopg.Error), asking.transaction():
            asking.execute("SELECT answer FROM call WHERE request = 'fail'")
        assert asking.execute("SELECT answer FROM call WHERE request = 'b'").fetchone() == ("fdw: b",)


def test_rows_of_a_stream_arrive_in_postgres_as_they_are_made(asking, served):
    with asking.transaction(), asking.cursor(name="s") as cursor:
        cursor.itersize = 1
        cursor.execute("SELECT piece FROM stream WHERE request = '4'")
        for number in range(3):
            served.let()
            assert cursor.fetchone() == (str(number),)
        cursor.close()  # nobody pulls the fourth, which is never made


def test_a_timeout_and_a_cancel_return_at_once_and_reach_the_server(asking, served, cluster):
    asking.execute("SET statement_timeout = '100ms'")
    began = time.monotonic()
    with pytest.raises(errors.QueryCanceled):
        asking.execute("SELECT answer FROM wait")
    assert time.monotonic() - began < 0.2
    asking.execute("SET statement_timeout = 0")
    assert served.echo.waiting == 0
    assert asking.execute("SELECT answer FROM call WHERE request = 'on'").fetchone() == ("fdw: on",)


def test_pg_cancel_backend_returns_at_once(asking, served, cluster):
    with connect(cluster, password=PASSWORD) as other:
        mine = asking.info.backend_pid

        def cancel() -> None:
            eventually(lambda: served.echo.waiting == 1, within_s=5)
            other.execute("SELECT pg_cancel_backend(%s)", [mine])

        canceller = threading.Thread(target=cancel)
        canceller.start()
        began = time.monotonic()
        with pytest.raises(errors.QueryCanceled):
            asking.execute("SELECT answer FROM wait")
        assert time.monotonic() - began < 0.2
        canceller.join()
    assert served.echo.waiting == 0


async def test_psycopg_asks_many_at_a_time(served):
    async def ask(number: int) -> str:
        where = f"host={served.folder} user=ada dbname=any"
        async with await psycopg.AsyncConnection.connect(where, autocommit=True) as connection:
            cursor = await connection.execute("SELECT answer FROM call WHERE request = %s", [str(number)])
            return str((await cursor.fetchall())[0][0])

    assert await asyncio.gather(*map(ask, range(60))) == [f"ada: {number}" for number in range(60)]


def test_a_client_that_leaves_takes_its_work_along(served):
    with psycopg.connect(host=str(served.folder), user="ada", dbname="any", autocommit=True) as connection:
        connection.pgconn.send_query(b"SELECT answer FROM wait")
        connection.pgconn.flush()
        eventually(lambda: served.echo.waiting == 1, within_s=5)
        connection.pgconn.finish()
    eventually(lambda: served.echo.waiting == 0, within_s=5)


def test_those_who_are_not_let_in_hear_why(served):
    with pytest.raises(psycopg.OperationalError, match="Nobody is not let in"):
        psycopg.connect(host=str(served.folder), user="nobody", dbname="any")
    with pytest.raises(psycopg.OperationalError, match="Only UTF-8"):
        psycopg.connect(host=str(served.folder), user="ada", dbname="any", client_encoding="latin1")
