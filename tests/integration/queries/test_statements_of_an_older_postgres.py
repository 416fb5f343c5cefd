"""Statements, plans and upkeep by the oldest PostgreSQL there may be, which is not Nacre's; it has hypopg."""

from collections.abc import Iterator

import pytest
from psycopg import Connection
from tests.integration.llm.databases import Database, bare

from nacre.engines.postgres.extensions import create_extension
from nacre.engines.postgres.statements import Statement, counted
from nacre.engines.postgres.upkeep import upkeep
from nacre.queries.statements.advice import advise
from nacre.queries.statements.plans import generic, prepare


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with bare("15") as made:
        with made.connect() as connection:
            create_extension(connection, "hypopg")
        made.sql(
            "CREATE TABLE orders (id int PRIMARY KEY, customer int, at date, note text);"
            "INSERT INTO orders SELECT n, n % 5000, date '2020-01-01' + n % 1000, 'x' FROM generate_series(1, 60000) n;"
            'CREATE TABLE people (id int, "E-Mail" text);'
            "INSERT INTO people SELECT n, 'm' || n FROM generate_series(1, 30000) n;"
            "ANALYZE orders; ANALYZE people"
        )
        yield made


def ran(database: Database, text: str) -> Statement:
    """As it is counted, once it was run."""
    database.sql(text)
    with database.connect(database="postgres") as connection:
        return next(one for one in counted(connection).statements if one.text.startswith(text[:30]))


def reading(database: Database) -> "Connection[tuple[object, ...]]":
    connection = database.connect("shop")
    connection.execute("SET default_transaction_read_only = on")
    return connection


def test_what_is_counted_can_be_planned_and_is_kept(database: Database) -> None:
    one = ran(database, "SELECT id FROM orders WHERE customer = 7 AND at > '2021-01-01'")
    assert (one.cost.calls, one.roles) == (1, ("shop",)) and "$2" in one.text
    with reading(database) as connection:
        assert generic(connection, prepare(connection, one.text)).step.kind == "Seq Scan"
    with database.connect() as admin:
        kept = upkeep(admin)
    assert kept.tables == 2 and kept.rows_live == 90_000 and kept.checkpoints_requested >= 0


def test_the_index_that_the_planner_would_use_is_advised_and_none_is_made(database: Database) -> None:
    one = ran(database, "SELECT id FROM orders WHERE customer = 7 AND at > '2021-01-01'")
    with reading(database) as connection:
        advice = advise(connection, one.text)
    best = advice.indexes[0]
    assert advice.hypopg and best.tried and best.size_bytes and best.cost and best.cost < advice.cost / 5
    assert best.columns[0] == "customer" and best.statement.startswith('CREATE INDEX ON "public"."orders" ("customer"')
    assert database.sql("SELECT count(*) FROM pg_indexes WHERE schemaname = 'public'") == [(1,)]


def test_an_index_is_advised_for_a_join_and_for_odd_names_and_none_where_none_helps(database: Database) -> None:
    joined = ran(database, "SELECT o.note FROM people p JOIN orders o ON o.customer = p.id WHERE p.\"E-Mail\" = 'm7'")
    whole = ran(database, "SELECT count(*), sum(id) FROM orders WHERE note = 'x'")
    primary = ran(database, "SELECT note FROM orders WHERE id = 7")
    with reading(database) as connection:
        named = [one.columns for one in advise(connection, joined.text).indexes]
        assert ["E-Mail"] in named and ["customer"] in named
        assert [advise(connection, one.text).indexes for one in (whole, primary)] == [[], []]
