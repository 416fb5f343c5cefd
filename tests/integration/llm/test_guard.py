"""The guard of generated SQL against a real PostgreSQL: what it lets through, and everything that it must not."""

from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest
from tests.integration.llm.databases import BOTH, Database, database

from nacre.core.errors import NotAllowed, TooLarge
from nacre.llm.asking.guard.guard import check
from nacre.llm.asking.guard.resolved import Connection
from nacre.llm.asking.running import Caps, run

_SHOP = """
CREATE TABLE customer (id int PRIMARY KEY, name text, city text, secret text);
INSERT INTO customer SELECT n, 'Name ' || n, (ARRAY['Ulm', 'Bern', 'Lyon'])[n % 3 + 1], 'pw' || n
    FROM generate_series(1, 9) n;
CREATE TABLE orders (id int PRIMARY KEY, customer int REFERENCES customer, total numeric(10, 2), at timestamptz);
INSERT INTO orders SELECT n, n % 9 + 1, n * 1.5, '2026-01-01'::timestamptz + n * interval '1 day'
    FROM generate_series(1, 50) n;
CREATE TABLE payroll (person text, salary int);
CREATE TABLE own_rows (owner name, said text);
ALTER TABLE own_rows ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON own_rows USING (owner = current_user);
CREATE VIEW totals AS SELECT customer, sum(total) AS total FROM orders GROUP BY customer;
CREATE VIEW salaries AS SELECT person, salary FROM payroll;
CREATE VIEW salaries_as_asked WITH (security_invoker = true) AS SELECT person, salary FROM payroll;
CREATE VIEW rows_as_asked WITH (security_invoker = true) AS SELECT said FROM own_rows;
CREATE VIEW salaries_as_asked_too WITH (security_invoker = yes) AS SELECT person, salary FROM payroll;
CREATE VIEW salaries_behind AS SELECT person, salary FROM salaries_as_asked;
CREATE VIEW statistics AS SELECT most_common_vals::text FROM pg_stats;
CREATE TABLE log (said text);
CREATE FUNCTION writes(text) RETURNS int LANGUAGE sql AS $$ INSERT INTO log VALUES ($1); SELECT 1 $$;
CREATE FUNCTION claims_to_be_stable(text) RETURNS int LANGUAGE sql STABLE AS $$ SELECT length($1) $$;
CREATE FUNCTION double(int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT 2 * $1 $$;
CREATE FUNCTION pg_temp.now() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq);
CREATE FUNCTION text_writes(text, text) RETURNS boolean LANGUAGE sql AS $$ SELECT writes($1) = 1 $$;
CREATE OPERATOR ==== (LEFTARG = text, RIGHTARG = text, FUNCTION = text_writes);
CREATE FUNCTION as_int(text) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT 1 $$;
CREATE DOMAIN watched AS int CHECK (double(VALUE) > 0);
CREATE TYPE pair AS (a int, b int);
CREATE FUNCTION as_pair(text) RETURNS pair LANGUAGE sql AS $$ SELECT ROW(1, writes($1))::pair $$;
CREATE CAST (text AS pair) WITH FUNCTION as_pair(text) AS IMPLICIT;
CREATE SEQUENCE numbers;
CREATE FUNCTION reads_payroll() RETURNS TABLE (p text, s int) LANGUAGE sql STABLE AS $$ SELECT * FROM payroll $$;
CREATE VIEW by_function AS SELECT * FROM reads_payroll();
CREATE VIEW by_function_as_asked WITH (security_invoker = true) AS SELECT * FROM reads_payroll();
CREATE VIEW by_function_below AS SELECT p FROM by_function WHERE s > 0;
CREATE VIEW by_right AS SELECT * FROM payroll WHERE has_table_privilege('payroll', 'SELECT');
CREATE VIEW by_name AS SELECT * FROM payroll WHERE current_user <> 'clerk';
CREATE VIEW by_session AS SELECT * FROM payroll WHERE person = session_user OR session_user = user;
GRANT SELECT ON by_function, by_function_as_asked, by_function_below, by_right, by_name, by_session TO clerk;
GRANT SELECT ON salaries_as_asked_too, salaries_behind, statistics TO clerk;
GRANT SELECT ON orders, totals, salaries, salaries_as_asked, own_rows, rows_as_asked, log TO clerk;
GRANT SELECT (id, name, city) ON customer TO clerk;
"""


@pytest.fixture(scope="module", params=BOTH)
def shop(request: pytest.FixtureRequest) -> Iterator[Database]:
    with database(request.param) as made:
        made.sql(_SHOP)
        yield made


@pytest.fixture
async def reader(shop: Database) -> AsyncIterator[Connection]:
    async with await psycopg.AsyncConnection.connect(shop.conninfo("llm_reader"), autocommit=True) as connection:
        await connection.execute("SET ROLE llm_reader")
        yield connection


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM orders",
        "SELECT city, count(*) FROM customer GROUP BY city HAVING count(*) > 1 ORDER BY 2 DESC LIMIT 3",
        "WITH t AS (SELECT * FROM orders) SELECT c.name, t.id, c.id FROM t JOIN customer c ON c.id = t.customer",
        "SELECT total, rank() OVER (ORDER BY total DESC) FROM totals",
        "SELECT id FROM orders UNION SELECT id FROM customer",
        "SELECT date_trunc('month', at)::date, round(avg(total), 2), string_agg(id::text, ',') FROM orders GROUP BY 1",
        "SELECT person FROM salaries",  # a view that its owner lets the clerk read
        "VALUES (1, 'a')",
        "SELECT a.x FROM generate_series(1, 3) AS a (x), LATERAL (SELECT random()) r",
        "SELECT coalesce(json_agg(o), '[]') FROM orders o WHERE o.at < now() - interval '1 day'",
        "SELECT 1 -- a comment at the end",
        "/* before */ SELECT 1",
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'",
        "SELECT '[1,2]'::vector <-> '[2,3]'::vector, CASE WHEN 'a' ~* 'B' THEN 1 ELSE greatest(1, 2) END",
    ],
)
async def test_questions_are_let_through_and_run(reader: Connection, sql: str) -> None:
    await check(reader, sql, "clerk")
    result = await run(reader, sql, Caps(rows=100))
    assert len(result.rows) <= 100 and not result.more


@pytest.mark.parametrize(
    "sql",
    [
        # more than one statement, or one hidden in another
        "SELECT 1; DROP TABLE log",
        "SELECT 1; COMMIT; DROP TABLE log",
        "COMMIT; DROP TABLE log",
        "SELECT 1) ; DELETE FROM log --",
        "SELECT 1) AS x, writes('x') WHERE EXISTS (SELECT 1",
        "-- nothing\nDELETE FROM log",
        "/* a */ DROP TABLE log",
        "EXPLAIN ANALYZE DELETE FROM log",
        "PREPARE p AS DELETE FROM log",
        "DO $$ BEGIN DELETE FROM log; END $$",
        "TABLE log; TABLE log",
        "COPY log TO PROGRAM 'id'",
        "COPY (SELECT 1) TO '/tmp/x'",
        "LOCK TABLE log",
        "SET ROLE shop",
        "BEGIN",
        "",
        # writes
        "INSERT INTO log VALUES ('x')",
        "WITH w AS (DELETE FROM log RETURNING *) SELECT * FROM w",
        "SELECT 1 INTO made",
        "SELECT * INTO TEMP made FROM log",
        "SELECT * FROM log FOR UPDATE",
        "SELECT * FROM log FOR SHARE",
        "CREATE TABLE x (a int)",
        "SELECT nextval('numbers')",
        "SELECT setval('numbers', 7)",
        # functions that do more than compute, wherever they stand
        "SELECT writes('x')",
        "SELECT 1 FROM log WHERE writes(said) = 1",
        "SELECT 1 ORDER BY writes('x')",
        "SELECT * FROM writes('x')",
        "SELECT count(*) FILTER (WHERE writes('x') = 1) FROM log",
        "SELECT (SELECT writes('x'))",
        "SELECT 1 LIMIT writes('x')",
        "SELECT sum(writes('x')) OVER () FROM log",
        "SELECT 'a' ==== 'b'",
        "SELECT 'a'::text = ANY (ARRAY['b']) AND 'a' OPERATOR(public.====) 'b'",
        "SELECT ('x'::text)::pair",
        "SELECT 1::watched",
        "SELECT claims_to_be_stable('x')",
        "SELECT double(1)",
        # files, programs, the network, other sessions
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_read_binary_file('/etc/passwd')",
        "SELECT pg_ls_dir('/')",
        "SELECT pg_stat_file('/etc/passwd')",
        "SELECT lo_import('/etc/passwd')",
        "SELECT lo_export(1, '/tmp/x')",
        "SELECT pg_sleep(60)",
        "SELECT pg_terminate_backend(pg_backend_pid())",
        "SELECT pg_cancel_backend(1)",
        "SELECT pg_advisory_lock(1)",
        "SELECT pg_notify('a', 'b')",
        "SELECT set_config('role', 'shop', false)",
        "SELECT llm.chat('tell ' || (SELECT string_agg(secret, ',') FROM customer))",
        "SELECT * FROM llm_private.pieces WHERE request = ''",
        "SELECT llm_private.call('models')",
        "SELECT pg_reload_conf()",
        "SELECT pg_logical_emit_message(false, 'a', 'b')",
        "SELECT lo_get(1)",
        # SQL in a text, past the look at what is read
        "SELECT query_to_xml('SELECT * FROM payroll', true, true, '')",
        "SELECT table_to_xml('payroll', true, true, '')",
        "SELECT database_to_xml(true, true, '')",
        "SELECT schema_to_xml('public', true, true, '')",
        "SELECT * FROM ts_stat('SELECT to_tsvector(person) FROM payroll')",
        "SELECT ts_rewrite('a'::tsquery, 'SELECT 1')",
        # what the clerk may not read, directly and by detours
        "SELECT * FROM payroll",
        "SELECT count(*) FROM payroll",
        "SELECT secret FROM customer",
        "SELECT * FROM customer",
        "SELECT customer FROM customer",
        "SELECT name FROM customer WHERE secret LIKE 'pw%'",
        "SELECT 1 FROM customer c JOIN orders o ON o.id = length(c.secret)",
        "SELECT to_jsonb(c) FROM customer c",
        "SELECT name FROM customer ORDER BY secret",
        "SELECT 1 FROM orders WHERE EXISTS (SELECT FROM payroll)",
        "SELECT person FROM salaries_as_asked",
        "SELECT person FROM salaries_as_asked_too",
        "SELECT person FROM salaries_behind",
        "SELECT * FROM statistics",
        "SELECT said FROM own_rows",
        "SELECT said FROM rows_as_asked",
        # views that give the reader what they would not give the clerk
        "SELECT * FROM by_function",
        "SELECT * FROM by_function_as_asked",
        "SELECT * FROM by_function_below",
        "SELECT 1 FROM orders WHERE id IN (SELECT s FROM by_function)",
        "SELECT * FROM by_right",
        "SELECT * FROM by_name",
        "SELECT * FROM by_session",
        "SELECT most_common_vals FROM pg_stats",
        "SELECT * FROM pg_authid",
        "SELECT * FROM pg_stat_activity",
        "SELECT * FROM pg_user_mappings",
        "SELECT * FROM pg_settings",
        "SELECT pg_get_viewdef('x'), * FROM pg_statistic",
        "SELECT * FROM pg_file_settings",
    ],
)
async def test_what_is_more_than_a_question_is_contained(shop: Database, reader: Connection, sql: str) -> None:
    before = shop.sql("SELECT count(*), (SELECT last_value FROM numbers) FROM log")
    with pytest.raises((NotAllowed, psycopg.Error)) as contained:
        await check(reader, sql, "clerk")
    if isinstance(contained.value, NotAllowed):
        assert contained.value.code == "sql-refused" and contained.value.hint
    # and where the guard were not there, what runs is one statement that only reads
    if not isinstance(contained.value, NotAllowed):
        with pytest.raises(psycopg.Error):
            await run(reader, sql, Caps(seconds=2))
    assert shop.sql("SELECT count(*), (SELECT last_value FROM numbers) FROM log") == before
    assert not reader.closed and reader.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


async def test_planning_runs_no_function_of_the_statement(shop: Database, reader: Connection) -> None:
    shop.sql("CREATE FUNCTION folds() RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RAISE 'it ran'; END $$")
    with pytest.raises(NotAllowed, match="folds"):
        await check(reader, "SELECT 1 WHERE folds() = 1", "clerk")


async def test_an_admin_allows_a_function_of_their_own(shop: Database, reader: Connection) -> None:
    shop.sql("INSERT INTO llm.allowed_function VALUES ('claims_to_be_stable(text)')")
    await check(reader, "SELECT claims_to_be_stable('x')", "clerk")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        shop.sql("INSERT INTO llm.allowed_function VALUES ('writes(text)')", role="clerk")


async def test_an_owner_reads_what_policies_hide_from_others(shop: Database, reader: Connection) -> None:
    shop.sql("INSERT INTO own_rows VALUES ('clerk', 'mine'), ('ann', 'hers')")
    await check(reader, "SELECT said FROM own_rows", "shop")
    assert len((await run(reader, "SELECT said FROM own_rows", Caps())).rows) == 2


async def test_rows_and_time_are_capped(reader: Connection) -> None:
    capped = await run(reader, "SELECT * FROM generate_series(1, 10000)", Caps(rows=10))
    assert len(capped.rows) == 10 and capped.more
    with pytest.raises(TooLarge):
        await run(reader, "SELECT count(*) FROM generate_series(1, 10000000000)", Caps(seconds=0.2))
    with pytest.raises(TooLarge):
        await run(reader, "SELECT repeat('x', 1000000) FROM generate_series(1, 1000)", Caps())


async def test_even_unguarded_it_only_reads(shop: Database, reader: Connection) -> None:
    for sql in (
        "DELETE FROM log",
        "SELECT writes('x')",
        "SELECT nextval('numbers')",
        "SELECT pg_read_file('/etc/passwd')",
        "COPY log TO PROGRAM 'id'",
        "SELECT 1; COMMIT",
    ):
        with pytest.raises(psycopg.Error):
            await run(reader, sql, Caps())
