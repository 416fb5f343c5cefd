"""Vectorizers on a real PostgreSQL: they keep in step whatever happens, and cost no more than what changed."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.integration.llm.conftest import OWNER, call, configured
from tests.integration.llm.databases import BOTH, Database, database
from tests.provider import FakeProvider, Fault

from nacre.core.clock import Clock, system_clock
from nacre.core.secrets import SecretBox
from nacre.llm.caller import Caller
from nacre.llm.desk import Desk
from nacre.llm.functions import load_all
from nacre.llm.opening import open_desk

SITE = "elsewhere/test"
PERSON = Caller(SITE, "shop", "shop", admin=True)


@pytest.fixture(scope="module", params=BOTH)
def shared(request: pytest.FixtureRequest) -> Iterator[Database]:
    with database(request.param) as made:
        yield made


@pytest.fixture
def db(shared: Database) -> Iterator[Database]:
    """The shared database, emptied afterwards."""
    yield shared
    for (name,) in shared.sql("SELECT name FROM llm.vectorizer_status()", role="nacre"):
        shared.sql("SELECT llm.drop_vectorizer(%s)", name, role="nacre")
    shared.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION pg_database_owner; "
               "GRANT USAGE ON SCHEMA public TO PUBLIC; CREATE EXTENSION vector", role="nacre")  # fmt: skip


async def opened(home: Path, db: Database, provider: FakeProvider, clock: Clock = system_clock) -> Desk:
    """A side-car's desk that knows the database as a site, and takes the provider's model “vectors” for them."""
    load_all()
    box = SecretBox(home / "secret.key")
    desk = await open_desk(configured(home), box, clock)
    sealed = box.seal(db.conninfo("llm_worker"), f"site {SITE} llm_worker")

    def known(connection: Any) -> None:
        connection.execute("INSERT OR IGNORE INTO site VALUES (?, '', NULL, ?, 0)", (SITE, sealed))

    await desk.store.write(known)
    await call(desk, OWNER, "add_model", name="vectors", kind="embedding", provider="openai", model="fake-small",
               key="the-key", base_url=provider.base_url, default=True)  # fmt: skip
    return desk


@pytest.fixture
async def at_work(tmp_path: Path, db: Database, provider: FakeProvider) -> AsyncIterator[Desk]:
    desk = await opened(tmp_path, db, provider)
    yield desk
    await desk.close()


async def make(desk: Desk, db: Database, columns: str = "title, body", table: str = "docs", **wanted: Any) -> None:
    """A vectorizer as llm.create_vectorizer makes it."""
    names = columns.split(", ")
    settings = await call(desk, PERSON, "vectorizer_settle",
                          wanted={"columns": names, "embedding": {"model": "vectors"}, **wanted})  # fmt: skip
    db.sql("SELECT llm_data.set_up(%s::regclass, %s, %s)", table, names, json.dumps(settings))


async def in_step(db: Database, name: str = "docs", within_s: float = 20.0) -> None:
    await status(db, "in step", name, within_s)


async def status(db: Database, state: str, name: str = "docs", within_s: float = 20.0) -> str:
    """Wait until a vectorizer is in a state; the reason that it gives."""
    async with asyncio.timeout(within_s):
        while True:
            ((now, reason),) = await asyncio.to_thread(
                db.sql, "SELECT state, reason FROM llm.vectorizer_status(%s)", name
            )
            if now == state:
                return str(reason)
            await asyncio.sleep(0.02)


def docs(db: Database, count: int = 5) -> None:
    db.sql("CREATE TABLE docs (id bigint PRIMARY KEY, title text, body text, lang text DEFAULT 'en', at timestamptz)")
    db.sql("INSERT INTO docs SELECT i, 'Title ' || i, 'This is body ' || i FROM generate_series(1, %s) i", count)


def chunks(db: Database) -> list[tuple[Any, ...]]:
    return db.sql("SELECT id, seq, chunk FROM llm_data.docs ORDER BY id, seq")


def expected(db: Database) -> list[tuple[Any, ...]]:
    return db.sql("SELECT id, 0, concat_ws(E'\n\n', title, nullif(body, '')) FROM docs ORDER BY id")


def texts_embedded(provider: FakeProvider) -> list[str]:
    return [text for asked in provider.asked for text in asked.body["input"]]


async def test_rows_that_come_change_move_and_go_are_followed_and_only_new_texts_are_embedded(
    db: Database, at_work: Desk, provider: FakeProvider
):
    docs(db)
    await make(at_work, db)
    await in_step(db)
    assert chunks(db) == expected(db)
    provider.forget()
    db.sql("UPDATE docs SET lang = 'de', at = now()")
    db.sql("UPDATE docs SET id = id + 100 WHERE id <= 2")
    db.sql("UPDATE docs SET body = 'Other.' WHERE id = 3; DELETE FROM docs WHERE id = 4")
    db.sql(
        "INSERT INTO docs (id, title, body) VALUES (7, 'Seven', ''), (8, NULL, NULL), (9, 'Title 5', 'This is body 5')"
    )
    await in_step(db)
    assert chunks(db) == db.sql(
        "SELECT id, 0, concat_ws(E'\n\n', title, nullif(body, '')) FROM docs WHERE id <> 8 ORDER BY id"
    )
    assert sorted(texts_embedded(provider)) == ["Seven", "Title 3\n\nOther."]
    db.sql("TRUNCATE docs")
    assert chunks(db) == []
    await in_step(db)


async def test_renames_are_followed_and_a_dropped_column_or_table_is_told(db: Database, at_work: Desk):
    docs(db)
    await make(at_work, db)
    await in_step(db)
    db.sql("ALTER TABLE docs RENAME TO papers; ALTER TABLE papers RENAME COLUMN id TO number; "
           "ALTER TABLE papers RENAME body TO content; CREATE SCHEMA stacks AUTHORIZATION shop; "
           "ALTER TABLE papers SET SCHEMA stacks")  # fmt: skip
    db.sql("GRANT USAGE ON SCHEMA stacks TO llm_keeper; UPDATE stacks.papers SET content = 'New.' WHERE number = 1")
    await in_step(db)
    assert chunks(db)[0] == (1, 0, "Title 1\n\nNew.")
    db.sql("ALTER TABLE stacks.papers DROP COLUMN title CASCADE")
    assert "has lost a column" in await status(db, "broken")
    db.sql("DROP TABLE stacks.papers")
    assert "was dropped" in await status(db, "broken")
    db.sql("SELECT llm.drop_vectorizer('docs')")
    assert db.sql("SELECT to_regclass('llm_data.docs')") == [(None,)]


async def test_composite_keys_and_partitions(db: Database, at_work: Desk):
    db.sql("""
        CREATE TABLE docs (tenant text, "No." numeric(8,2), at date, body text, PRIMARY KEY (tenant, "No.", at))
        PARTITION BY RANGE (at);
        CREATE TABLE docs_old PARTITION OF docs FOR VALUES FROM ('2020-01-01') TO ('2025-01-01');
        CREATE TABLE docs_new PARTITION OF docs FOR VALUES FROM ('2025-01-01') TO ('2030-01-01');
        INSERT INTO docs VALUES ('a''b', 1.5, '2024-02-29', 'leap'), ('c', 2, '2026-01-01', 'year')
    """)
    await make(at_work, db, "body")
    db.sql("INSERT INTO docs_new VALUES ('d', 3, '2027-01-01', 'straight in'); UPDATE docs SET at = '2026-03-01' "
           "WHERE at = '2024-02-29'; DELETE FROM docs_new WHERE tenant = 'c'")  # fmt: skip
    await in_step(db)
    assert db.sql('SELECT tenant, "No."::text, at::text, chunk FROM llm_data.docs ORDER BY 1') == [
        ("a'b", "1.50", "2026-03-01", "leap"),
        ("d", "3.00", "2027-01-01", "straight in"),
    ]


async def test_a_row_that_fails_harms_no_other_and_a_provider_that_is_down_is_waited_for(
    db: Database, at_work: Desk, provider: FakeProvider
):
    docs(db, 20)
    db.sql("UPDATE docs SET body = 'poison' WHERE id = 7")
    provider.fault_for = lambda asked: Fault("content-filter") if "poison" in asked.prompt else None
    await make(at_work, db)
    await in_step(db)
    assert len(chunks(db)) == 19
    ((key, code, message),) = db.sql("SELECT key, code, message FROM llm.vectorizer_errors('docs')")
    assert (key, code) == ([7], "refused-by-provider") and "filtered" in message
    provider.fault_for = lambda asked: None
    assert db.sql("SELECT llm.retry_vectorizer('docs')") == [(1,)]
    await in_step(db)
    assert chunks(db) == expected(db)
    provider.fault_for = lambda asked: Fault("status", status=401)
    db.sql("UPDATE docs SET body = 'later' WHERE id = 1")
    assert "key" in await status(db, "waiting")
    provider.fault_for = lambda asked: None
    db.sql("SELECT llm.resume_vectorizer('docs')")
    await in_step(db)
    assert chunks(db) == expected(db)


async def test_settings_that_are_none_break_their_own_vectorizer_and_no_other(db: Database, at_work: Desk):
    """llm_data.set_up may be called by whoever owns a table, with anything."""
    for name, chunking, kind in (("odd", {"by": "nonsense"}, "none"), ("bad", {}, "nonsense")):
        db.sql(f"CREATE TABLE {name} (id int PRIMARY KEY, title text, body text); INSERT INTO {name} VALUES (1, 'x')")
        settings = {"chunking": chunking, "index": {"kind": kind, "min_rows": 0}, "model": "local", "dimension": 384}
        settings["digest"] = (await call(at_work, PERSON, "vectorizer_settle", wanted={"columns": ["title"]}))["digest"]
        db.sql("SELECT llm_data.set_up(%s::regclass, ARRAY['title'], %s)", name, json.dumps(settings))
    docs(db)
    await make(at_work, db)
    await in_step(db)
    for name in ("odd", "bad"):
        await status(db, "broken", name)


async def test_another_model_is_built_beside_and_swapped_in_while_changes_go_on(
    db: Database, at_work: Desk, provider: FakeProvider
):
    docs(db)
    await make(at_work, db)
    await in_step(db)
    provider.dimensions = 96
    await call(at_work, OWNER, "add_model", name="wider", kind="embedding", provider="openai", model="fake-large",
               key="the-key", base_url=provider.base_url)  # fmt: skip
    settings = await call(at_work, PERSON, "vectorizer_settle",
                          wanted={"columns": ["title", "body"], "embedding": {"model": "wider"}})  # fmt: skip
    with db.connect("shop") as connection, connection.transaction():
        connection.execute("SELECT llm_data.rebuild('docs', %s)", [json.dumps(settings)])
        connection.execute("UPDATE docs SET body = 'both' WHERE id = 2")
        assert connection.execute("SELECT building FROM llm.vectorizer_status('docs')").fetchone() == (6,)
    async with asyncio.timeout(20):
        while db.sql("SELECT dimension FROM llm.vectorizer_status('docs')") != [(96,)]:
            await asyncio.sleep(0.02)
    await in_step(db)
    assert chunks(db) == expected(db)
    assert db.sql("SELECT DISTINCT vector_dims(embedding) FROM llm_data.docs") == [(96,)]
    db.sql("UPDATE docs SET body = 'after' WHERE id = 3")
    await in_step(db)
    assert chunks(db) == expected(db)


@pytest.mark.parametrize("shared", ["18"], indirect=True)
async def test_nothing_is_lost_and_nothing_twice_when_side_car_and_database_are_killed(
    tmp_path: Path, db: Database, provider: FakeProvider
):
    docs(db, 600)
    provider.latency_s = 0.05
    desk = await opened(tmp_path, db, provider)
    await make(desk, db)
    for kill in ("side-car", "database", "side-car", "connections"):
        stored = len(chunks(db))
        async with asyncio.timeout(20):
            while len(chunks(db)) <= stored and db.sql("SELECT state FROM llm.vectorizer_status()") != [("in step",)]:
                await asyncio.sleep(0.01)
        db.sql(
            "UPDATE docs SET body = body || '!' WHERE id % 50 = 0; "
            "DELETE FROM docs WHERE id = (SELECT max(id) FROM docs)"
        )
        match kill:
            case "side-car":
                await desk.close()
                desk = await opened(tmp_path, db, provider)
            case "database":
                await asyncio.to_thread(db.crash)
                await asyncio.to_thread(db.start)
            case "connections":
                db.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pg_llm'",
                       role="nacre")  # fmt: skip
    try:
        await in_step(db, within_s=30)
        assert chunks(db) == expected(db)
    finally:
        await desk.close()


async def test_while_an_index_is_built_people_write_and_search(db: Database, at_work: Desk):
    docs(db)
    await make(at_work, db, index={"min_rows": 6})
    await in_step(db)
    with db.connect() as holding, holding.transaction():
        holding.execute("LOCK TABLE llm_data.docs IN ROW EXCLUSIVE MODE")  # as one who writes there, so it has to wait
        db.sql("INSERT INTO docs (id, title) VALUES (6, 'Six')")
        await seen(db, "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%catch_up%' AND wait_event_type = 'Lock'")
        db.sql("INSERT INTO docs (id, title) VALUES (7, 'Seven')")
        assert db.sql("SELECT key, text_rank FROM llm.search('docs', 'title', 9, options => '{\"legs\": [\"text\"]}')")
    await in_step(db)
    assert index(db) == "hnsw" and chunks(db) == expected(db)


async def test_who_looks_while_vectors_change_places_waits_and_sees_the_new_ones(
    tmp_path: Path, db: Database, provider: FakeProvider
):
    docs(db, 0)
    desk = await opened(tmp_path, db, provider)
    settings = json.dumps(await call(desk, PERSON, "vectorizer_settle",
                                     wanted={"columns": ["title"], "embedding": {"model": "vectors"}}))  # fmt: skip
    await desk.close()  # no worker: what it would do is done here, step by step
    db.sql("SELECT llm_data.set_up('docs', '{title}', %s)", settings)
    db.sql("SELECT llm_data.rebuild('docs', %s)", settings)
    with db.connect("llm_worker") as worker, worker.transaction():
        ((beside,),) = db.sql("SELECT id FROM llm.vectorizer WHERE replaces IS NOT NULL", role="nacre")
        assert worker.execute("SELECT llm_data.catch_up(%s)", [beside]).fetchone() == (True,)
        looking = [
            asyncio.create_task(asyncio.to_thread(db.sql, statement))
            for statement in (
                "SELECT state FROM llm.vectorizer_status('docs')",
                "SELECT key FROM llm.search('docs', 'title', options => '{\"legs\": [\"text\"]}')",
                "TRUNCATE docs",
            )
        ]
        await seen(db, "SELECT 1 FROM pg_locks WHERE NOT granted HAVING count(*) >= 3")
    assert await asyncio.gather(*looking) == [[("in step",)], [], []]


async def test_without_the_index_that_it_cannot_have_a_vectorizer_is_in_step_and_says_why(
    db: Database, at_work: Desk, provider: FakeProvider
):
    docs(db)
    refusing = ("CREATE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE 'the disk is full' USING ERRCODE = '53100'; END $$; "
                "CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('CREATE INDEX') "
                "EXECUTE FUNCTION public.refuse()")  # fmt: skip
    await make(at_work, db, index={"min_rows": 6})
    await in_step(db)
    db.sql(refusing, role="nacre")
    try:
        db.sql("INSERT INTO docs (id, title) VALUES (6, 'Six')")
        await seen(db, "SELECT 1 FROM llm.vectorizer WHERE index ? 'failed'")
        assert "the disk is full" in await status(db, "in step")
        db.sql("INSERT INTO docs (id, title) VALUES (7, 'Seven')")
        await in_step(db)
        assert chunks(db) == expected(db) and index(db) == "exact"
    finally:
        db.sql("DROP EVENT TRIGGER refuse", role="nacre")
    provider.forget()
    settings = await call(
        at_work,
        PERSON,
        "vectorizer_settle",
        wanted={"columns": ["title", "body"], "embedding": {"model": "vectors"}, "index": {"min_rows": 0}},
    )
    db.sql("SELECT llm_data.rebuild('docs', %s)", json.dumps(settings))
    await seen(db, "SELECT 1 FROM llm.vectorizer_status('docs') WHERE building IS NULL AND index = 'hnsw'")
    assert await status(db, "in step") == "None" and texts_embedded(provider) == []
    assert chunks(db) == expected(db)


async def test_more_dimensions_than_an_index_takes_are_compared_one_by_one(
    db: Database, at_work: Desk, provider: FakeProvider
):
    provider.dimensions = 4001
    docs(db)
    await make(at_work, db, index={"min_rows": 1})
    await in_step(db)
    assert await status(db, "in step") == "None" and index(db) == "exact"


async def test_when_a_budget_is_spent_rows_wait_until_the_next_day_or_until_there_is_more(
    tmp_path: Path, db: Database, provider: FakeProvider
):
    clock = Ahead()
    desk = await opened(tmp_path, db, provider, clock)
    try:
        options = {"input_price": 1000.0, "local": False}
        await call(desk, OWNER, "add_model", name="vectors", kind="embedding", provider="openai", model="fake-small",
                   key="the-key", base_url=provider.base_url, options=options)  # fmt: skip
        docs(db, 600)
        spent = await spending(desk)
        await call(desk, OWNER, "set_budget", usd=1.0)
        await make(desk, db)
        reason = await status(db, "waiting")
        assert "budget" in reason and 0 < len(chunks(db)) < 600 and 0.5 < await spending(desk) - spent <= 1
        await seen(db, "SELECT 1 FROM llm.vectorizer_status('docs') WHERE in_hand = 0 AND failed = 0")
        stored = len(chunks(db))
        clock.ahead = timedelta(days=1)
        db.sql("NOTIFY llm_vectorizer")
        await seen(db, f"SELECT 1 FROM llm_data.docs HAVING count(*) > {stored}")
        await seen(db, "SELECT 1 FROM llm.vectorizer_status('docs') WHERE state = 'waiting' AND in_hand = 0")
        await call(desk, OWNER, "set_budget", usd=100.0)
        db.sql("SELECT llm.resume_vectorizer('docs')")
        await in_step(db)
        assert chunks(db) == expected(db)
        embedded = texts_embedded(provider)
        assert len(embedded) == len(set(embedded))  # nothing is paid for twice
    finally:
        await desk.close()


class Ahead:
    """That of the system, and so far ahead of it."""

    ahead = timedelta()

    def __call__(self) -> datetime:
        return system_clock() + self.ahead


async def spending(desk: Desk) -> float:
    """Dollars, so far."""
    return sum(float(each["cost_usd"]) for each in await call(desk, OWNER, "usage"))


async def seen(db: Database, query: str, within_s: float = 40.0) -> None:
    """Wait until a query gives a row."""
    async with asyncio.timeout(within_s):
        while not await asyncio.to_thread(lambda: db.sql(query, role="nacre")):
            await asyncio.sleep(0.02)


def index(db: Database) -> str:
    return str(db.sql("SELECT index FROM llm.vectorizer_status('docs')")[0][0])
