"""What a database holds besides rows in tables, and who is connected, when it travels."""

import threading
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from tests.integration.history.notebook import Notebook

CHINOOK = Path(__file__).parents[4] / "shared" / "data" / "chinook" / "chinook.sql"


def test_open_connections_are_cut_and_the_long_transaction_is_gone(notebook: Notebook):
    house, url = notebook.house, notebook.url
    notebook.write("a")
    long = psycopg.connect(url)
    long.execute("INSERT INTO words VALUES ('long')")
    idle = house.connect(notebook.ref)
    waiting = threading.Thread(target=_run_until_cut, args=(url, "SELECT pg_sleep(60)"))
    waiting.start()
    b = notebook.moment()
    notebook.write("c")
    notebook.rewind(b)
    assert notebook.words() == ["a"]
    assert house.url(notebook.ref) == url
    waiting.join(10)
    assert not waiting.is_alive()
    for cut in (long, idle):
        with pytest.raises(psycopg.OperationalError):
            cut.execute("SELECT 1")
    with house.connect(notebook.ref) as connection:
        sessions = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = current_user")
        assert sessions.fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM pg_prepared_xacts").fetchone() == (0,)
        connection.execute("INSERT INTO words VALUES ('long')")


def test_a_long_transaction_that_began_before_the_moment_and_committed_later_is_gone(notebook: Notebook):
    with psycopg.connect(notebook.url) as long:
        long.execute("INSERT INTO words VALUES ('long')")
        a = notebook.write("a")
        long.commit()
    notebook.rewind(a)
    assert notebook.words() == ["a"]


def test_transactions_prepared_before_the_moment_still_wait_and_later_ones_are_gone(notebook: Notebook):
    with notebook.house.connect(notebook.ref) as connection:
        for word in ("before", "kept"):
            connection.execute(f"BEGIN; INSERT INTO words VALUES ('{word}'); PREPARE TRANSACTION '{word}'")
        a = notebook.write("a")
        connection.execute("BEGIN; INSERT INTO words VALUES ('after'); PREPARE TRANSACTION 'after'")
        connection.execute("COMMIT PREPARED 'before'")
    foretold = notebook.rewind(a, dry_run=True)
    assert foretold["transactions_undone"] == 1
    notebook.rewind(a)
    assert notebook.words() == ["a"]
    with notebook.house.connect(notebook.ref) as connection:
        waiting = connection.execute("SELECT gid FROM pg_prepared_xacts ORDER BY gid").fetchall()
        assert waiting == [("before",), ("kept",)]
        connection.execute("COMMIT PREPARED 'before'")
        connection.execute("ROLLBACK PREPARED 'kept'")
        assert connection.execute("SELECT word FROM words ORDER BY word").fetchall() == [("a",), ("before",)]
    notebook.undo()
    with notebook.house.connect(notebook.ref) as connection:
        waiting = connection.execute("SELECT gid FROM pg_prepared_xacts ORDER BY gid").fetchall()
        assert waiting == [("after",), ("kept",)]
        assert connection.execute("SELECT word FROM words ORDER BY word").fetchall() == [("a",), ("before",)]


def test_a_transaction_prepared_between_two_moments_can_be_the_last_thing_before_one(notebook: Notebook):
    a = notebook.write("a")
    with notebook.house.connect(notebook.ref) as connection:
        connection.execute("BEGIN; INSERT INTO words VALUES ('b'); PREPARE TRANSACTION 'b'")
        prepared = notebook.moment()
        connection.execute("COMMIT PREPARED 'b'")
    notebook.rewind(prepared)
    with notebook.house.connect(notebook.ref) as connection:
        assert connection.execute("SELECT gid FROM pg_prepared_xacts").fetchall() == [("b",)]
    notebook.rewind(a)
    with notebook.house.connect(notebook.ref) as connection:
        assert connection.execute("SELECT gid FROM pg_prepared_xacts").fetchall() == []
    assert notebook.words() == ["a"]


def test_unlogged_tables_are_there_and_empty_as_after_any_recovery(notebook: Notebook):
    notebook.sql("CREATE UNLOGGED TABLE scratch AS SELECT 1 AS one")
    a = notebook.write("a")
    notebook.rewind(a)
    assert notebook.sql("SELECT count(*) FROM scratch") == [[0]]
    notebook.sql("INSERT INTO scratch VALUES (2)")
    assert notebook.sql("SELECT one FROM scratch") == [[2]]


def test_extensions_with_their_data_and_indexes(notebook: Notebook):
    notebook.house.call("extension.enable", ref=notebook.ref, extension="vector")
    notebook.sql("CREATE EXTENSION pg_trgm")
    notebook.sql(
        "CREATE TABLE items (id int, at vector(3), name text);"
        "INSERT INTO items SELECT n, ARRAY[n, n % 7, n % 3]::vector, 'item ' || n FROM generate_series(1, 500) n;"
        "CREATE INDEX near ON items USING hnsw (at vector_l2_ops);"
        "CREATE INDEX alike ON items USING gin (name gin_trgm_ops)"
    )
    a = notebook.write("a")
    notebook.sql("UPDATE items SET at = '[0,0,0]'; DROP EXTENSION pg_trgm CASCADE; DELETE FROM items WHERE id > 100")
    notebook.rewind(a)
    ask = "SET enable_seqscan = off; SELECT id FROM items"
    assert notebook.sql(f"{ask} ORDER BY at <-> '[250,5,1]' LIMIT 1") == [[250]]
    assert notebook.sql(f"{ask} WHERE name LIKE '%m 499%'") == [[499]]
    assert notebook.sql("SELECT count(*) FROM items") == [[500]]
    child = notebook.branch("child")
    assert child.sql(f"{ask} ORDER BY at <-> '[250,5,1]' LIMIT 1") == [[250]]


def test_a_second_database_that_a_person_loaded_travels_along(notebook: Notebook):
    if not CHINOOK.exists():
        pytest.skip("needs the Chinook sample database beside the repository")
    house, ref = notebook.house, notebook.ref
    before = notebook.write("a")
    loaded = house.run("sql", ref, "-f", str(CHINOOK))
    assert loaded.returncode == 0, loaded.stderr
    after = notebook.write("b")
    with house.connect(ref, "chinook") as connection:
        expected = _counts(connection)
        assert expected["track"] > 3000
        connection.execute("DELETE FROM playlist_track")
        connection.execute("DROP TABLE invoice_line")
        without = _counts(connection)
    child = notebook.branch("child", at=after)
    notebook.rewind(after)
    for one in (ref, child.ref):
        with house.connect(one, "chinook") as connection:
            assert _counts(connection) == expected
    with house.connect(ref) as connection:
        connection.execute("DROP DATABASE chinook")
    notebook.undo()
    with house.connect(ref, "chinook") as connection:
        assert _counts(connection) == without
    notebook.rewind(before)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        house.connect(ref, "chinook")


def test_a_dropped_database_is_had_back(notebook: Notebook):
    house, ref = notebook.house, notebook.ref
    notebook.sql("CREATE DATABASE second")
    with house.connect(ref, "second") as connection:
        connection.execute("CREATE TABLE t AS SELECT generate_series(1, 1000) AS n")
    a = notebook.write("a")
    notebook.sql("DROP DATABASE second")
    answer = house.call("sql.run", ref=ref, command="SELECT count(*) FROM t", database="second", at=a)
    assert answer["rows"] == [[1000]]
    notebook.rewind(a)
    with house.connect(ref, "second") as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (1000,)


def test_large_objects(notebook: Notebook):
    with notebook.house.connect(notebook.ref) as connection:
        row = connection.execute("SELECT lo_from_bytea(0, %s)", (b"pearl" * 100_000,)).fetchone()
        assert row is not None
        a = notebook.write("a")
        connection.execute("SELECT lo_put(%s, 0, %s)", (row[0], b"sand!"))
    notebook.rewind(a)
    with notebook.house.connect(notebook.ref) as connection:
        assert connection.execute("SELECT lo_get(%s, 0, 10)", (row[0],)).fetchone() == (b"pearlpearl",)
    notebook.undo()
    with notebook.house.connect(notebook.ref) as connection:
        assert connection.execute("SELECT lo_get(%s, 0, 10)", (row[0],)).fetchone() == (b"sand!pearl",)
        assert connection.execute("SELECT length(lo_get(%s))", (row[0],)).fetchone() == (500_000,)


def test_sequences_never_give_a_number_twice(notebook: Notebook):
    """Postgres logs sequences ahead: a recovered one may skip some numbers, and never repeats one that is in use."""
    notebook.sql("CREATE TABLE things (id serial PRIMARY KEY, word text)")
    notebook.sql("INSERT INTO things (word) SELECT 'x' FROM generate_series(1, 50)")
    a = notebook.write("a")
    notebook.sql("INSERT INTO things (word) SELECT 'y' FROM generate_series(1, 500)")
    notebook.rewind(a)
    [[number]] = notebook.sql("INSERT INTO things (word) VALUES ('z') RETURNING id")
    assert 51 <= number <= 51 + 32
    assert notebook.sql("SELECT count(*) FROM things") == [[51]]


def test_commits_that_did_not_wait_for_the_disk_are_kept_by_a_checkpoint(notebook: Notebook):
    with notebook.house.connect(notebook.ref) as connection:
        connection.execute("SET synchronous_commit = off")
        for _ in range(5):
            connection.execute("INSERT INTO words SELECT 'w' || count(*) FROM words")
        (notebook.house.files(notebook.ref) / "w").write_text("w")
        number = notebook.house.call("checkpoint", ref=notebook.ref)["id"]
        connection.execute("TRUNCATE words")
    notebook.rewind(f"#{number}")
    assert [row[0] for row in notebook.sql("SELECT word FROM words ORDER BY word")] == [f"w{n}" for n in range(5)]


def test_a_password_that_a_person_changed_is_todays_again_after_a_rewind(notebook: Notebook):
    """The connection string is the branch's own and never travels."""
    a = notebook.write("a")
    with notebook.house.connect(notebook.ref) as connection:
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD 'another'").format(sql.Identifier(notebook.ref)))
    notebook.rewind(a)
    assert notebook.words() == ["a"]


def _counts(connection: "psycopg.Connection[tuple[int]]") -> dict[str, int]:
    names = connection.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    counts = {}
    for (name,) in names.fetchall():
        row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(str(name)))).fetchone()
        assert row is not None
        counts[str(name)] = row[0]
    return counts


def _run_until_cut(url: str, text: str) -> None:
    with pytest.raises(psycopg.OperationalError), psycopg.connect(url) as connection:
        connection.execute(text)
