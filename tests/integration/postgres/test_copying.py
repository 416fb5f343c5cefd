"""A schema brought over into another database: everything that is defined, no rows but those of migration tools."""

from collections.abc import Iterator
from typing import Any

import pytest
from psycopg import Connection
from tests.integration.postgres.conftest import PASSWORD, Life, World

from nacre.core.errors import NacreError
from nacre.engines.postgres.copying import End, Rows, copy_database
from nacre.engines.postgres.extensions import create_extension
from nacre.engines.postgres.provision import ensure_database, ensure_role
from nacre.engines.postgres.session import connect

SHOP = r"""
CREATE TYPE colour AS ENUM ('red', 'blue');
CREATE TABLE orders (id serial PRIMARY KEY, colour colour, at timestamptz DEFAULT now(), feature vector(3));
CREATE INDEX by_colour ON orders (colour);
CREATE VIEW red AS SELECT id FROM orders WHERE colour = 'red';
CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT 2 * n';
CREATE TABLE lines (id int PRIMARY KEY, "order" int REFERENCES orders);
CREATE TABLE django_migrations (id serial PRIMARY KEY, app text, name text);
CREATE SCHEMA billing;
CREATE TABLE billing."SequelizeMeta" (name text PRIMARY KEY);
COMMENT ON TABLE orders IS 'what people want';
INSERT INTO orders (colour) VALUES ('red'), ('blue');
INSERT INTO lines VALUES (1, 2);
INSERT INTO django_migrations (app, name) VALUES ('shop', '0001_initial'), ('shop', E'0002\nCOMMENT ON EXTENSION x');
INSERT INTO billing."SequelizeMeta" VALUES ('1.js');
"""


@pytest.fixture
def life(plain_world: World) -> Iterator[Life]:
    life = plain_world.first_life()
    with life.connect() as admin:
        ensure_role(admin, "shop", "word")
        for database in ("branch", "production"):
            ensure_database(admin, database, "shop")
    with life.connect(database="branch") as admin:
        create_extension(admin, "vector")
    with person(life, "branch") as connection:
        connection.execute(SHOP)
    yield life


def person(life: Life, database: str) -> Any:
    return connect(life.seat, user="shop", password="word", database=database)


def bring_over(life: Life, rows: Rows) -> None:
    source, target = (End(life.seat, "shop", "word", database) for database in ("branch", "production"))
    with connect(life.seat, password=PASSWORD, database="production") as admin:
        copy_database(life.cluster.installation, life.cluster.owner, source, target, admin, rows)


def one(connection: Connection[Any], query: str) -> Any:
    return connection.execute(query.encode()).fetchall()[0][0]


def test_the_schema_comes_with_what_migration_tools_noted_and_no_other_row(life: Life) -> None:
    bring_over(life, "bookkeeping")
    with person(life, "production") as connection:
        assert one(connection, "SELECT count(*) FROM orders") == 0
        assert one(connection, "SELECT count(*) FROM lines") == 0
        assert one(connection, "SELECT count(*) FROM django_migrations") == 2
        assert one(connection, 'SELECT name FROM billing."SequelizeMeta"') == "1.js"
        assert one(connection, "SELECT twice(21)") == 42
        assert one(connection, "SELECT obj_description('orders'::regclass)") == "what people want"
        assert one(connection, "SELECT count(*) FROM pg_tables WHERE tableowner = 'shop'") == 4
        connection.execute("INSERT INTO orders (colour, feature) VALUES ('red', '[1,2,3]')")
        assert one(connection, "SELECT id FROM red") == 1, "nobody has used a number of this sequence"
        added = "INSERT INTO django_migrations (app, name) VALUES ('shop', '0003') RETURNING id"
        assert one(connection, added) == 3, "this one goes on where it was"


def test_all_rows_come_where_that_is_asked_for(life: Life) -> None:
    bring_over(life, "all")
    with person(life, "production") as connection:
        assert one(connection, "SELECT array_agg(colour::text ORDER BY id) FROM orders") == ["red", "blue"]
        assert one(connection, "INSERT INTO orders DEFAULT VALUES RETURNING id") == 3


def test_it_comes_whole_or_not_at_all(life: Life) -> None:
    with person(life, "production") as connection:
        connection.execute("CREATE TABLE lines (other text)")
    with pytest.raises(NacreError) as caught:
        bring_over(life, "bookkeeping")
    assert caught.value.code == "schema-not-copied"
    assert "lines" in caught.value.message
    with person(life, "production") as connection:
        assert one(connection, "SELECT count(*) FROM pg_tables WHERE tablename = 'orders'") == 0


def test_no_name_in_a_schema_becomes_a_command_of_the_client_that_reads_it(life: Life) -> None:
    for made in (rb'TABLE y ("a%s\! id" int)' % b"\r", rb'FUNCTION "%s\!"() RETURNS int RETURN 1' % b"\n"):
        with person(life, "branch") as connection:
            connection.execute(b"DROP TABLE IF EXISTS y; CREATE " + made)
        with pytest.raises(NacreError, match="more than one line") as caught:
            bring_over(life, "bookkeeping")
        assert caught.value.code == "schema-not-copied"
