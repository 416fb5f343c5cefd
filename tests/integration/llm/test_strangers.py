"""Who reads for others is led into nobody's function: not by a table's index, nor by a type, an operator or a path."""

from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest
from tests.integration.llm.databases import BOTH, Database, database

from nacre.core.errors import NotAllowed
from nacre.llm.asking.guard.guard import check
from nacre.llm.asking.guard.resolved import Connection
from nacre.llm.asking.pipeline import diagnosed
from nacre.llm.asking.running import Caps, run
from nacre.llm.assembling import PG_LLM

_SETTINGS = '{"chunking": {}, "index": {"kind": "none"}, "model": "local", "digest": "d", "dimension": 3}'
_TWO = """
CREATE ROLE ann LOGIN IN ROLE llm_user; CREATE ROLE bob LOGIN IN ROLE llm_user;
CREATE SCHEMA ann AUTHORIZATION ann; CREATE SCHEMA bob AUTHORIZATION bob; GRANT USAGE ON SCHEMA ann TO PUBLIC;
"""
_BOBS = "CREATE TABLE bob.kept (id int PRIMARY KEY, body text); INSERT INTO bob.kept VALUES (1, 'treasure')"
_ANNS = """
CREATE TABLE stolen (who text, what text); GRANT ALL ON stolen TO PUBLIC;
CREATE FUNCTION steals(text) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    IF current_user = 'ann' THEN RETURN true; END IF;
    SELECT body INTO found FROM bob.kept;
    RETURN ann.keeps(found);
END $$;
CREATE FUNCTION keeps(text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO ann.stolen VALUES (current_user, $1);
    RETURN true;
EXCEPTION WHEN read_only_sql_transaction THEN RAISE 'found %', $1;
END $$;
CREATE DOMAIN code AS text CHECK (steals(VALUE));
CREATE TYPE pair AS (a code, b int);
CREATE TABLE by_domain (id code PRIMARY KEY, body text);
CREATE TABLE by_cast (id int PRIMARY KEY, body text);
CREATE TABLE by_index (id int PRIMARY KEY, body text); CREATE INDEX ON by_index (id) WHERE steals('');
CREATE TABLE by_statistics (id int PRIMARY KEY, body text);
CREATE STATISTICS by_both ON (steals('')::int + id), body FROM by_statistics;
CREATE TABLE by_check (id int PRIMARY KEY, body text) PARTITION BY RANGE (id);
CREATE TABLE part PARTITION OF by_check (CHECK (steals('') AND id > 0)) FOR VALUES FROM (0) TO (9);
CREATE TABLE holds (pairs pair[], body text);
CREATE VIEW looks AS SELECT body FROM by_index;
CREATE TABLE plain (id int PRIMARY KEY, body text CHECK (length(body) < 99)); CREATE INDEX ON plain (lower(body));
INSERT INTO by_domain VALUES ('a', 'x'); INSERT INTO by_index VALUES (1, 'x'); INSERT INTO by_check VALUES (1, 'x');
INSERT INTO by_statistics VALUES (1, 'x'); INSERT INTO plain VALUES (1, 'x'); INSERT INTO by_cast VALUES (1, 'x');
"""


@pytest.fixture(scope="module", params=BOTH)
def shop(request: pytest.FixtureRequest) -> Iterator[Database]:
    with database(request.param) as made:
        made.sql(_TWO, role="nacre")
        made.sql(_BOBS, role="bob")
        made.sql(f"SET search_path = ann; {_ANNS}", role="ann")
        yield made


@pytest.fixture
async def reader(shop: Database) -> AsyncIterator[Connection]:
    async with await psycopg.AsyncConnection.connect(shop.conninfo("llm_reader"), autocommit=True) as connection:
        yield connection


def test_a_role_that_somebody_may_act_as_is_given_nothing(shop: Database) -> None:
    """Whoever may create roles could make llm_keeper first, and would come into what pg_llm gives it."""
    with shop.connect() as connection:
        connection.execute("CREATE DATABASE other")
        connection.execute("ALTER ROLE llm_worker PASSWORD 'known'; GRANT llm_keeper TO ann")
    with shop.connect(database="other") as other:
        other.execute("CREATE EXTENSION vector")
        with pytest.raises(psycopg.Error, match="llm_keeper exists, and ann may act as it"):
            other.execute(PG_LLM.installing())
        other.execute("REVOKE llm_keeper FROM ann; GRANT pg_monitor TO llm_reader")
        with pytest.raises(psycopg.Error, match="is a member of pg_monitor"):
            other.execute(PG_LLM.installing())
        other.execute("REVOKE pg_monitor FROM llm_reader")
        other.execute(PG_LLM.installing())
        known = other.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'llm_worker'").fetchone()
        assert known == (None,)


def stolen(shop: Database) -> list[tuple[str, str]]:
    return shop.sql("SELECT * FROM ann.stolen", role="nacre")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT '{x}'::ann.code[]",
        """SELECT '{x}'::"ann"."_code" """,
        "SELECT '{x}'::ann.U&\"\\0063ode\"[]",
        "SELECT '(x,1)'::ann.pair",
        "SELECT body FROM ann.holds WHERE pairs = '{\"(x,1)\"}'",
        "SELECT body FROM ann.by_index",
        "SELECT body FROM ann.looks",
        "SELECT body FROM ann.by_statistics WHERE id = 1",
        "SELECT body FROM ann.by_check WHERE id = 5",
    ],
)
async def test_a_question_sets_off_no_function_of_another_role(shop: Database, reader: Connection, sql: str) -> None:
    with pytest.raises(NotAllowed, match="database owner's"):
        await check(reader, sql, "ann")
    assert stolen(shop) == []


async def test_what_is_the_database_owners_or_postgresqls_is_asked_as_ever(shop: Database, reader: Connection) -> None:
    await check(reader, "SELECT body FROM ann.plain WHERE lower(body) = 'x'", "ann")
    assert (await run(reader, "SELECT body FROM ann.plain", Caps())).rows == (("x",),)


async def test_the_words_of_a_function_that_failed_are_told_to_nobody(shop: Database, reader: Connection) -> None:
    with pytest.raises(psycopg.Error, match="treasure") as failed:
        await run(reader, "SELECT body FROM ann.by_index", Caps())  # as if nobody had checked
    assert "treasure" not in diagnosed(failed.value)


@pytest.mark.parametrize("table", ["by_domain", "by_index", "by_statistics", "by_check"])
def test_no_vectorizer_is_led_into_a_function_of_another_role(shop: Database, table: str) -> None:
    for set_up in (
        f"SELECT llm_data.set_up('ann.{table}', ARRAY['body'], '{_SETTINGS}')",
        f"SELECT llm_data.fill(llm_data.enter('ann.{table}', ARRAY['body'], '{_SETTINGS}', NULL, NULL))",
    ):
        with pytest.raises(psycopg.Error, match=r"own|owner"):
            shop.sql(set_up, role="ann")
    assert stolen(shop) == []


def test_a_table_that_changes_under_its_vectorizer_breaks_it(shop: Database) -> None:
    shop.sql(f"SELECT llm_data.set_up('ann.by_cast', ARRAY['body'], '{_SETTINGS}')", role="ann")
    shop.sql("""
        SET search_path = ann;
        CREATE TYPE mine AS ENUM ('1', '2');
        CREATE FUNCTION as_json(mine) RETURNS json LANGUAGE sql AS $$ SELECT to_json(ann.steals('')) $$;
        CREATE CAST (mine AS json) WITH FUNCTION as_json(mine);
    """, role="ann")  # fmt: skip
    (number,) = shop.sql("SELECT id FROM llm.vectorizer", role="nacre")[0]
    row = f"llm_vectorizer_{number} AFTER INSERT OR UPDATE ON ann.by_cast FOR EACH ROW"
    shop.sql(f"""
        DROP TRIGGER llm_vectorizer_{number} ON ann.by_cast;
        ALTER TABLE ann.by_cast ALTER id TYPE ann.mine USING id::text::ann.mine;
        CREATE TRIGGER {row} EXECUTE FUNCTION llm_data.note({number});
        UPDATE ann.by_cast SET body = 'y';
    """, role="ann")  # fmt: skip
    shop.sql("SELECT llm_data.claim(gen_random_uuid(), id, 9) FROM llm.vectorizer", role="nacre")
    assert shop.sql("SELECT state FROM llm.vectorizer_status('by_cast')", role="ann") == [("broken",)]
    assert stolen(shop) == []
