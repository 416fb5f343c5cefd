"""All of pg_llm on the newest and the oldest PostgreSQL that it is for, with the clients that people use.

They come by password, as the database's owner or as somebody else, and are no superusers.
"""

import json
import re
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import psycopg
import pytest
from psycopg import errors
from psycopg.types.json import Jsonb
from tests.integration.llm.databases import BOTH, bare
from tests.integration.llm.places import PEOPLE, Place, install, one, plainly, side_car
from tests.provider import FakeProvider, Fault
from tests.waiting import eventually

from nacre.llm.assembling import PG_LLM

_TABLES = """
    CREATE TABLE mail (id int PRIMARY KEY, subject text, body text);
    INSERT INTO mail VALUES (1, 'late', 'The pearl is late'), (2, 'fine', 'All is fine'), (3, 'lost', NULL);
    CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2 * $1'
"""


@pytest.fixture(scope="module", params=BOTH)
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    with (
        bare(request.param, tcp=True) as db,
        FakeProvider() as provider,
        side_car(db, provider, private_hosts=frozenset({"127.0.0.1"})) as listening,
    ):
        made = Place(db, provider)
        db.sql(PEOPLE, role="nacre")
        install(made, *listening)
        with made.connect() as shop:
            shop.execute(_TABLES)
        yield made


SESSION = "(SELECT id FROM llm.session_list() LIMIT 1)"
REQUEST = "(SELECT request_id FROM llm.audit() LIMIT 1)"
NUMBER = '{"type": "object", "properties": {"n": {"type": "number"}}, "required": ["n"]}'
EVERY: list[tuple[str, Any]] = [
    ("SELECT llm.version()", PG_LLM.current.name),
    ("SELECT llm.chat('hello')", "You said: hello"),
    (f"SELECT llm.chat_json('a pearl', '{NUMBER}')", {"n": 7}),
    ("SELECT string_agg(piece, '|') FROM llm.chat_stream('a b')", "You| said:| a| b"),
    ("SELECT count(answer) FROM llm.chat_batch(ARRAY['a', NULL, 'b'])", 2),
    ("SELECT count(answer) FROM llm.parallel_chat('a', ARRAY['fake', 'fake'])", 2),
    ("SELECT llm.session_create('talk') IS NOT NULL", True),
    (f"SELECT llm.session_chat({SESSION}, 'one')", "You said: one"),
    (f"SELECT string_agg(piece, '') FROM llm.session_chat_stream({SESSION}, 'two')", "You said: two"),
    (f"SELECT llm.session_append({SESSION}, 'user', 'three') > 0", True),
    (f"SELECT count(*) FROM llm.session_messages({SESSION})", 5),
    ("SELECT messages FROM llm.session_list()", 5),
    (f"SELECT llm.session_delete({SESSION})", True),
    ("SELECT cardinality(llm.embed('a cat', 'local'))", 384),
    ("SELECT count(*) FROM llm.embed(ARRAY['a cat', 'a dog'])", 2),
    ("SELECT array_agg(name ORDER BY name) FROM llm.models()", ["fake", "local"]),
    ("SELECT llm.add_model('again', tiers => '[[\"fake\"]]')", "again"),
    ("SELECT llm.set_default('again')", "again"),
    ("SELECT kind FROM llm.test_model('again')", "chat"),
    ("SELECT llm.remove_model('again')", "again"),
    ("SELECT sum(calls) > 10 FROM llm.usage()", True),
    ("SELECT calls > 10 FROM llm.spend", True),
    ("SELECT role FROM llm.audit() LIMIT 1", "shop"),
    (f"SELECT llm.trace({REQUEST}) ->> 'role'", "shop"),
    (f"SELECT llm.feedback({REQUEST}, 1, 'good')", None),
    ("SELECT llm.set_budget(5)", None),
    ("SELECT usd FROM llm.budgets()", 5),
    ("SELECT llm.remove_budget()", None),
    ("SELECT llm.cache_clear() > 0", True),
    ("SELECT llm.learn('How many letters?', 'SELECT count(*) FROM mail') > 0", True),
    ("SELECT llm.learn_fact('a letter is a row of mail') > 0", True),
    ("SELECT count(*) FROM llm.learned()", 2),
    ("SELECT llm.text2sql('How much mail is there?') ->> 'sql'", "SELECT count(*) AS n FROM mail"),
    ("SELECT llm.ask('How much mail is there?')", {"n": 3}),
    ("SELECT llm.forget(id) FROM llm.learned() LIMIT 1", True),
    ("SELECT llm.allow_function('twice(int)')", None),
    ("SELECT llm.disallow_function('twice(int)')", None),
    ("SELECT llm.explain_result('SELECT id, subject FROM mail') LIKE 'You said%'", True),
    ("SELECT llm.report('SELECT subject, id FROM mail') -> 'chart' ->> 'kind'", "bar"),
    ("SELECT calls FROM llm.estimate('SELECT llm.chat(body) FROM mail LIMIT 2')", 2),
    ("SELECT llm.classify('late again', ARRAY['bad', 'good'])", "bad"),
    ("SELECT llm.classify(ARRAY['late', NULL], ARRAY['bad', 'good'])", ["bad", None]),
    (f"SELECT llm.extract('in 7 days', '{NUMBER}')", {"n": 7}),
    (f"SELECT llm.extract(array_agg(body), '{NUMBER}') FROM mail", [{"n": 7}, {"n": 7}, None]),
    ("SELECT llm.filter('late again', 'a complaint')", True),
    ("SELECT llm.filter(ARRAY['late', 'later'], 'a complaint')", [True, True]),
    ("SELECT llm.translate('late', 'German')", "text"),
    ("SELECT llm.translate(ARRAY['late', NULL], 'German')", ["text", None]),
    ("SELECT judge_score FROM llm.rank(ARRAY['late', 'fine'], 'what is late') LIMIT 1", 7),
    ("SELECT llm.summarize(ARRAY['late', 'fine']) LIKE 'You said%'", True),
    ("SELECT llm.summarize_agg(body) LIKE 'You said%' FROM mail", True),
]
MAIL = """SELECT llm.create_vectorizer('mail', ARRAY['subject', 'body'], embedding => '{"model": "local"}')"""
VECTORS: list[tuple[str, Any]] = [
    ("SELECT key FROM llm.search('mail', 'a jewel', 1)", [1]),
    ("SELECT key FROM llm.search('mail', 'fine', 1, '{\"id\": {\">\": 1}}', '{\"legs\": [\"text\"]}')", [2]),
    ("SELECT count(*) FROM llm.vectorizer_errors('mail')", 0),
    ("SELECT llm.pause_vectorizer('mail')", ""),
    ("SELECT llm.refill_vectorizer('mail')", 3),
    ("SELECT llm.retry_vectorizer('mail')", 0),
    ("SELECT llm.resume_vectorizer('mail')", ""),
    ("SELECT llm.alter_vectorizer('mail', chunking => '{\"size\": 400}')", ""),
    ("SELECT llm.drop_vectorizer('mail')", ""),
]
"""Statements that call each function, by the database's owner and in this order, with what the first column is."""


def test_every_function_answers(place: Place) -> None:
    place.provider.answer("", plainly)
    place.provider.answer(
        "The question:", {"sql": "SELECT count(*) AS n FROM mail", "explanation": "", "clarify": None}
    )
    with place.connect() as shop:
        with pytest.raises(psycopg.Error) as refused:
            shop.execute("SELECT llm.create_vectorizer('mail', ARRAY['body'])")
        assert refused.value.sqlstate == "LM014" and "CREATE EXTENSION vector" in str(refused.value.diag.message_hint)
        for statement, expected in EVERY:
            assert one(shop, statement) == expected, statement
        place.db.sql("CREATE EXTENSION vector", role="nacre")
        assert one(shop, MAIL) == "mail"
        eventually(lambda: one(shop, "SELECT state FROM llm.vectorizer_status('mail')") == "in step", within_s=60)
        for statement, expected in VECTORS:
            assert one(shop, statement) == expected, statement
        known = {row[0] for row in shop.execute("SELECT proname FROM pg_proc WHERE pronamespace = 'llm'::regnamespace")}
        called = set(re.findall(r"llm\.(\w+)\(", str([*EVERY, *VECTORS]))) | {"create_vectorizer", "vectorizer_status"}
        assert known == called


def test_an_index_is_built_searched_by_and_exchanged_without_embedding_anew(place: Place) -> None:
    place.provider.forget()
    place.db.sql("CREATE EXTENSION IF NOT EXISTS vector", role="nacre")
    with place.connect() as shop:
        shop.execute("CREATE TABLE docs (id int PRIMARY KEY, body text, lang text); INSERT INTO docs SELECT n, "
                     "'Text ' || n, CASE n % 50 WHEN 0 THEN 'de' END FROM generate_series(1, 900) n")  # fmt: skip
        shop.execute("SELECT llm.add_model('vectors', 'openai', 'fake-small', 'the-key', %s, 'embedding')",
                     [place.provider.base_url])  # fmt: skip
        for nonsense in ('{"kind": "ivfflat", "m": 8}', '{"lists": 8}', '{"m": 40}'):
            with pytest.raises(psycopg.Error) as refused:
                shop.execute("SELECT llm.create_vectorizer('docs', '{body}', index => %s)", [nonsense])
            assert refused.value.sqlstate == "LM014", nonsense
        shop.execute("""SELECT llm.create_vectorizer('docs', '{body}', embedding => '{"model": "vectors"}',
                        index => '{"min_rows": 1000, "m": 8, "ef_construction": 32}')""")  # fmt: skip
        eventually(lambda: one(shop, "SELECT chunks FROM llm.vectorizer_status('docs')") == 900, within_s=60)
        assert indexed(shop) is None
        shop.execute("INSERT INTO docs SELECT n, 'Text ' || n, 'fr' FROM generate_series(901, 2000) n")
        eventually(lambda: indexed(shop) == ("hnsw", ["ef_construction=32", "m=8"]), within_s=60)
        shop.execute("ANALYZE docs")
        place.db.sql("ANALYZE llm_data.docs", role="nacre")
        assert searched_by_index(place, shop, None) and searched_by_index(place, shop, '{"lang": "de"}')
        place.provider.forget()
        for wanted, made in (
            ('{"kind": "ivfflat", "min_rows": 1}', ("ivfflat", ["lists=10"])),
            ('{"kind": "ivfflat", "lists": 20, "min_rows": 1}', ("ivfflat", ["lists=20"])),
            ('{"kind": "none"}', None),
        ):
            shop.execute("SELECT llm.alter_vectorizer('docs', index => %s)", [wanted])
            eventually(partial(exchanged, shop, made), within_s=60)
            assert len(one(shop, SEARCHED, None)) == 10
            assert one(shop, "SELECT count(*) FROM llm.search('docs', 'Text 7', 60, NULL)") == 60
            assert made is None or searched_by_index(place, shop, None)
        assert place.provider.requests == 0


SEARCHED = "SELECT array_agg(key) FROM llm.search('docs', 'Text 7', 10, %s, '{\"legs\": [\"vector\"]}')"


def searched_by_index(place: Place, shop: "psycopg.Connection[Any]", where: str | None) -> bool:
    """Whether a search that has no other way finds, by the index, as much as there is."""
    with shop.transaction():
        shop.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
        shop.execute("SET LOCAL enable_indexonlyscan = off; SET LOCAL enable_hashjoin = off")
        found = one(shop, SEARCHED, where)
        assert where is None or all(key <= 900 and key % 50 == 0 for (key,) in found)
        statement = one(shop, "SELECT (llm_data.search_plan('docs', %s, '{\"legs\": [\"vector\"]}')).statement", where)
        vector = one(shop, "SELECT embedding::text FROM llm_data.docs WHERE id = 7")
        explained = psycopg.RawCursor(shop).execute(
            f"EXPLAIN {statement}".encode(), [vector, None, Jsonb(json.loads(where or "{}")), 40, 60, 10]
        )
        plan = "\n".join(line for (line,) in explained)
    return len(found) == 10 and "Order By: (embedding <=> " in plan


def indexed(shop: "psycopg.Connection[Any]") -> tuple[str, list[str]] | None:
    """The kind of the approximate index, and what it was told."""
    found = shop.execute("SELECT m.amname, c.reloptions FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
                         "JOIN pg_am m ON m.oid = c.relam WHERE i.indrelid = to_regclass('llm_data.docs') "
                         "AND m.amname IN ('hnsw', 'ivfflat')").fetchone()  # fmt: skip
    return None if found is None else (found[0], sorted(found[1]))


def exchanged(shop: "psycopg.Connection[Any]", made: tuple[str, list[str]] | None) -> bool:
    """Whether nothing is built beside any more, and that index is there."""
    building = one(shop, "SELECT building FROM llm.vectorizer_status('docs')")
    return building is None and indexed(shop) == made


def test_a_dialogue_that_could_never_be_spoken_in_is_not_begun(place: Place) -> None:
    with place.connect() as shop:
        before = one(shop, "SELECT count(*) FROM llm.session")
        for arguments in (
            """policy => '{"kind": "forever"}'""", """policy => '{"messages": -3}'""", """policy => '{"tokens": 0}'""",
            """policy => '{"kind": null}'""", """policy => '{"window": 9}'""", "policy => '[]'",
            "expires_after => '-1 hour'",
        ):  # fmt: skip
            with pytest.raises(psycopg.Error) as refused:
                shop.execute(f"SELECT llm.session_create({arguments})")
            assert refused.value.sqlstate == "LM014" and refused.value.diag.message_hint, arguments
        made = """SELECT llm.session_create(policy => '{"kind": "summary", "messages": 4, "tokens": 900}')"""
        assert one(shop, f"SELECT llm.session_delete(({made}))")
        assert one(shop, "SELECT count(*) FROM llm.session") == before


def test_the_sql_that_pages_show_is_sql(place: Place) -> None:
    docs = Path(__file__).parents[3] / "docs"
    with place.connect() as shop:
        for page in docs.rglob("*.md"):
            if page.name == "pg_llm.md":
                continue  # signatures
            for shown in re.findall(r"^ *```sql\n(.*?)^ *```", page.read_text(), re.DOTALL | re.MULTILINE):
                # PL/pgSQL has what it will never run parsed by PostgreSQL.
                try:
                    shop.execute(f"DO $page$ BEGIN RETURN; {shown} END $page$")
                except psycopg.Error as error:
                    pytest.fail(f"{page.relative_to(docs)}: {error}\n{shown}")


async def test_psycopg_and_asyncpg_stream_prepare_cancel_and_are_told_errors(place: Place) -> None:
    place.provider.forget()
    place.provider.answer("", plainly)
    connection = await asyncpg.connect(place.dsn("shop"))
    try:
        asking = await connection.prepare("SELECT llm.chat($1)")
        for said in ("it's", "ünï ✓"):
            assert await asking.fetchval(said) == f"You said: {said}"
        async with connection.transaction():
            pieces = [row["piece"] async for row in connection.cursor("SELECT * FROM llm.chat_stream('a b c d')")]
        assert len(pieces) > 2 and "".join(pieces) == "You said: a b c d"
        place.provider.script(Fault("stall"))
        with pytest.raises(TimeoutError):
            await connection.fetchval("SELECT llm.chat('wait')", timeout=1)
        with pytest.raises(asyncpg.PostgresError) as unknown:
            await connection.fetchval("SELECT llm.chat('x', 'nobody')")
        assert unknown.value.sqlstate == "LM012" and unknown.value.as_dict()["hint"]
        assert await connection.fetchval("SELECT llm.chat('and on')") == "You said: and on"
    finally:
        await connection.close()
    async with await psycopg.AsyncConnection.connect(place.dsn("shop"), autocommit=True) as shop:
        await shop.execute("SET statement_timeout = '1s'")
        place.provider.script(Fault("stall"))
        with pytest.raises(errors.QueryCanceled):
            await shop.execute("SELECT llm.chat('wait for me')")
        await shop.execute("SET statement_timeout = 0")
        with pytest.raises(ZeroDivisionError):
            async with shop.transaction():
                await shop.execute("SELECT llm.chat('never mind')")
                raise ZeroDivisionError
        asked = await (await shop.execute("SELECT prompt, outcome FROM llm.audit() LIMIT 2")).fetchall()
    assert "never mind" in asked[0][0] and "wait for me" in asked[1][0]
    assert [outcome for _, outcome in asked] == ["done", "cancelled"]


def test_psql_is_told_and_shown_pieces(place: Place) -> None:
    place.provider.forget()
    place.provider.answer("", plainly)

    def psql(*words: str) -> "subprocess.CompletedProcess[str]":
        argv = [place.db.cluster.installation.program("psql"), "-XAt", place.dsn("shop"), *words]
        return subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False)

    assert psql("-c", "SELECT llm.chat('it''s')").stdout == "You said: it's\n"
    told = psql("-v", "VERBOSITY=verbose", "-c", "SELECT llm.chat('x', 'nobody')").stderr
    assert "LM012" in told and "HINT" in told
    assert psql("-v", "FETCH_COUNT=1", "-c", "SELECT * FROM llm.chat_stream('a b')").stdout == "You\n said:\n a\n b\n"


def test_others_may_call_once_they_are_let_in_and_see_what_is_theirs(place: Place) -> None:
    place.provider.forget()
    with place.connect() as shop, place.connect("clerk") as clerk:
        with pytest.raises(errors.InsufficientPrivilege):
            clerk.execute("SELECT llm.chat('me too')")
        shop.execute("GRANT llm_user TO clerk; SELECT llm.session_create('mine')")
        assert one(clerk, "SELECT llm.chat('me too')") == "You said: me too"
        assert one(clerk, "SELECT count(*) FROM llm.session") == 0
        for statement, state in (
            ("SELECT llm.add_model('mine', 'openai', 'x', 'k')", "LM013"),
            ("SELECT llm.learn_fact('all mail is mine')", "LM013"),
            ("SELECT llm.ask('How much mail is there?')", "LM016"),
            ("SELECT * FROM llm_private.call WHERE request = '{}'", "42501"),
            ("SET ROLE llm_caller", "42501"),
        ):
            with pytest.raises(psycopg.Error) as refused:
                clerk.execute(statement.encode())
            assert refused.value.sqlstate == state, (statement, refused.value)
