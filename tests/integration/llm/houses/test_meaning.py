"""Vectorizers, search, sets and estimates as people have them: SQL in a branch, with the local model and a provider."""

from typing import Any

import psycopg
import pytest
from tests.daemon import House
from tests.integration.llm.houses.conftest import with_model
from tests.integration.llm.test_sets import judging
from tests.provider import FakeProvider
from tests.waiting import eventually

TEXTS = {
    1: ("Oysters", "Nacre is laid down in layers by molluscs such as oysters.", "en", 2001),
    2: ("Banks", "The central bank raised interest rates to fight inflation.", "en", 2015),
    3: ("Cats", "A kitten is a young cat that likes to sleep in the sun.", "en", 2020),
    4: ("北京", "北京大学在中国的首都北京。", "zh", 2022),
    5: ("Geheim", "The secret recipe of the house is never written down.", "en", 2024),
}


@pytest.fixture(scope="module")
def house(shared_house: House, provider: FakeProvider) -> House:
    with_model(shared_house, provider, default=True, options={"input_price": 1.0, "output_price": 2.0})
    shared_house.call("project.create", name="shop")
    with shared_house.connect("shop") as shop:
        shop.execute("CREATE TABLE docs (id int PRIMARY KEY, title text, body text, lang text, year int, tags text[], "
                     "extra jsonb, owner text DEFAULT 'shop')")  # fmt: skip
        for number, (title, body, lang, year) in TEXTS.items():
            shop.execute("INSERT INTO docs VALUES (%s, %s, %s, %s, %s, %s, %s)",
                         [number, title, body, lang, year, [lang, "all"], f'{{"n": {{"id": {number}}}}}'])  # fmt: skip
        made = shop.execute("SELECT llm.create_vectorizer('docs', ARRAY['title', 'body'], "
                            """chunking => '{"context": "{title}: "}')""")  # fmt: skip
        assert made.fetchone() == ("docs",)
        in_step(shop)
    return shared_house


def in_step(connection: "psycopg.Connection[Any]", name: str = "docs") -> None:
    state = "SELECT state, reason FROM llm.vectorizer_status(%s)"
    eventually(lambda: connection.execute(state, [name]).fetchone() == ("in step", None), within_s=20)


def found(connection: "psycopg.Connection[Any]", query: str, *more: Any) -> list[int]:
    holes = "".join(", %s" for _ in more)
    rows = connection.execute(f"SELECT key FROM llm.search('docs', %s{holes})", [query, *more]).fetchall()
    return [key[0] for (key,) in rows]


def test_search_finds_by_meaning_and_by_words_in_any_script_and_tells_the_rank_of_each_leg(shop):
    assert found(shop, "mother-of-pearl shells", 1) == [1]
    assert found(shop, "monetary policy", 1) == [2]
    assert found(shop, "首都", 1) == [4]
    row = shop.execute(
        "SELECT key, chunk, vector_rank, text_rank, score FROM llm.search('docs', 'kitten', 1)"
    ).fetchone()
    assert row == ([3], TEXTS[3][1], 1, 1, pytest.approx(2 / 61))
    only = shop.execute("SELECT vector_rank, text_rank FROM llm.search('docs', 'kitten', 9, NULL, "
                        """'{"legs": ["text"]}')""")  # fmt: skip
    assert only.fetchall() == [(None, 1)]
    assert found(shop, "") == []


def test_who_searches_by_an_operation_pays_for_the_query_and_is_named(house):
    hits = house.call("llm.search", ref="shop", vectorizer="docs", query="a lullaby for kittens", k=1)["hits"]
    calls = house.call("llm.audit", ref="shop", purpose="embed", limit=2)

    assert [hit["key"] for hit in hits] == [[3]]
    assert [(one["person"], one["cache"]) for one in calls] == [(None, "exact"), ("owner", None)]


def test_a_filter_is_of_values_alone(shop):
    assert found(shop, "cat", 9, '{"lang": "zh"}') == [4]
    assert sorted(found(shop, "cat", 9, '{"year": {">=": 2015, "<": 2022}}')) == [2, 3]
    assert sorted(found(shop, "cat", 9, '{"id": [1, 4], "tags": "all"}')) == [1, 4]
    assert found(shop, "cat", 9, '{"extra": {"n": {"id": 2}}}') == [2]
    assert found(shop, "cat", 9, """{"lang": "x' OR true OR lang = '"}""") == []
    for attack in ('{"lang = lang OR true": 1}', '{"year": {"> 0 OR true --": 1}}', '["lang"]'):
        with pytest.raises(psycopg.Error) as refused:
            found(shop, "cat", 9, attack)
        assert refused.value.sqlstate == "LM014"
    assert found(shop, "$1'; DROP TABLE docs; --", 1) and shop.execute("SELECT count(*) FROM docs").fetchone() == (5,)


def test_nobody_finds_what_the_source_does_not_show_them(shop, house):
    shop.execute("""
        CREATE ROLE clerk LOGIN PASSWORD 'clerk' IN ROLE llm_user; GRANT CONNECT ON DATABASE shop TO clerk;
        UPDATE docs SET owner = 'clerk' WHERE id <> 5;
        ALTER TABLE docs ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON docs TO clerk USING (owner = current_user)
    """)
    mine = str(house.url("shop"))
    url = psycopg.conninfo.make_conninfo(mine, user="clerk", password="clerk")
    with psycopg.connect(url, autocommit=True) as clerk:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            found(clerk, "secret recipe")
        shop.execute("GRANT SELECT (id, title, owner) ON docs TO clerk")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            clerk.execute("SELECT chunk FROM llm_data.docs")
        shop.execute("GRANT SELECT ON docs TO clerk")
        assert 5 not in found(clerk, "secret recipe", 99) and len(found(clerk, "secret recipe", 99)) == 4
        assert clerk.execute("SELECT count(*) FROM llm_data.docs").fetchone() == (4,)
        assert clerk.execute("SELECT count(*) FROM llm_data.docs WHERE chunk LIKE '%%secret%%'").fetchone() == (0,)
        for forbidden in ("SELECT llm.drop_vectorizer('docs')", "SELECT llm.pause_vectorizer('docs')"):
            with pytest.raises(psycopg.Error) as refused:
                clerk.execute(forbidden)
            assert refused.value.sqlstate == "LM013"
        for forbidden in ("SELECT llm_data.claim(gen_random_uuid(), 1, 9)", "SELECT * FROM llm.vectorizer_queue",
                          "INSERT INTO llm_data.docs DEFAULT VALUES"):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                clerk.execute(forbidden)
    assert found(shop, "secret recipe", 1) == [5]


def test_a_vectorizer_is_altered_while_it_serves_and_refilled(shop, house):
    size = "SELECT chunking->>'size' FROM llm.vectorizer_status('docs') WHERE building IS NULL"
    before = shop.execute(size).fetchone()
    house.call("llm.vectorizer.alter", ref="shop", name="docs", chunking={"size": 20, "overlap": 0})
    assert found(shop, "mother-of-pearl shells", 1) == [1]
    eventually(lambda: shop.execute(size).fetchone() == ("20",), within_s=20)
    house.call("llm.vectorizer.alter", ref="shop", name="docs", chunking={"context": "{title}: "})
    eventually(lambda: shop.execute(size).fetchone() == before, within_s=20)
    house.call("llm.vectorizer.refill", ref="shop", name="docs")
    in_step(shop)


def test_what_cannot_become_a_vectorizer_is_refused_with_the_reason(shop):
    shop.execute("CREATE VIEW seen AS SELECT * FROM docs; CREATE TABLE keyless (body text)")
    for call, words in (
        ("'seen', ARRAY['body']", "not a table"),
        ("'keyless', ARRAY['body']", "primary key"),
        ("'docs', ARRAY['text']", "no column “text”"),
        ("'docs', ARRAY['body']", "already"),
        ("""'docs', ARRAY['body'], name => 'x', chunking => '{"by": "pages"}'""", "chunking.by"),
        ("""'docs', ARRAY['body'], name => 'x', embedding => '{"model": "nope"}'""", "no model “nope”"),
        ("'docs', ARRAY['body'], name => 'a; b'", "no name"),
    ):
        with pytest.raises(psycopg.Error, match=words) as refused:
            shop.execute(f"SELECT llm.create_vectorizer({call})")
        assert str(refused.value.sqlstate).startswith("LM0"), call


def test_sets_are_asked_from_sql_and_estimated_before(shop, house, provider):
    provider.answer("", judging(lambda text: "spam" if "win" in text else "ham"))
    shop.execute("CREATE TABLE mail (id int PRIMARY KEY, body text)")
    shop.execute("INSERT INTO mail SELECT n, repeat('word ', 80) || CASE WHEN n % 2 = 0 THEN 'win' ELSE 'hi' END || n "
                 "FROM generate_series(1, 32) n")  # fmt: skip
    shop.execute("ANALYZE mail")
    asked = provider.requests
    query = "SELECT id, llm.classify(body, ARRAY['spam', 'ham']) FROM mail WHERE id > 0"
    told = shop.execute("SELECT function, calls, input_tokens, cost_usd > 0, priced_as FROM llm.estimate(%s)", [query])
    ((function, calls, tokens, costs, priced),) = told.fetchall()
    assert (function, calls, costs, priced) == ("classify", 32, True, "fake") and 32 * 100 < tokens < 32 * 220
    (outside,) = house.call("llm.estimate", ref="shop", query=query)
    assert (outside["function"], outside["calls"]) == ("classify", 32) and outside["cost_usd"] > 0
    for stacked in ("SELECT 1; DROP TABLE mail", "SELECT 1) FROM mail; --", "DROP TABLE mail"):
        with pytest.raises(psycopg.Error):
            shop.execute("SELECT * FROM llm.estimate(%s)", [stacked])
    assert provider.requests == asked
    labels = "SELECT unnest(llm.classify(array_agg(body), ARRAY['spam', 'ham'])) AS label FROM mail"
    batch = f"SELECT count(*) FROM ({labels}) m WHERE label = 'spam'"
    assert shop.execute(batch).fetchone() == (16,) and provider.requests == asked + 2
    assert shop.execute("SELECT llm.classify(NULL, ARRAY['a'])").fetchone() == (None,)
    provider.answer("Summarise", "All of it.")
    assert shop.execute("SELECT llm.summarize_agg(body) FROM mail").fetchone() == ("All of it.",)
    assert shop.execute("SELECT llm.summarize_agg(body) FROM mail WHERE false").fetchone() == (None,)


def test_a_branch_and_a_rewind_in_the_midst_keep_their_own_vectors_in_step(house):
    with house.connect("shop") as shop:
        shop.execute("CREATE TABLE notes (id int PRIMARY KEY, body text)")
        shop.execute("SELECT llm.create_vectorizer('notes', ARRAY['body'])")
        shop.execute("INSERT INTO notes SELECT n, 'note number ' || n FROM generate_series(1, 40) n")
        in_step(shop, "notes")
        shop.execute("SELECT llm.pause_vectorizer('notes')")
        shop.execute("UPDATE notes SET body = 'changed ' || id WHERE id <= 10")
        moment = house.call("checkpoint", ref="shop", message="midst")
        shop.execute("SELECT llm.resume_vectorizer('notes')")
        shop.execute("DELETE FROM notes WHERE id > 20")
        in_step(shop, "notes")
    house.call("branch.create", ref="shop", name="try-x", at="midst")
    house.call("rewind", ref="shop", moment="midst")
    assert moment
    for ref in ("shop", "shop:try-x"):
        with house.connect(ref) as again:
            status = "SELECT state, pending FROM llm.vectorizer_status('notes')"
            assert again.execute(status).fetchone() == ("paused", 10), ref
            again.execute("UPDATE notes SET body = %s WHERE id = 1", [f"only in {ref}"])
            again.execute("SELECT llm.resume_vectorizer('notes')")
            in_step(again, "notes")
            both = "SELECT count(*) FROM notes n JOIN llm_data.notes v USING (id) WHERE v.chunk = n.body"
            assert again.execute(both).fetchone() == (40,), ref
            assert again.execute("SELECT count(*) FROM llm_data.notes").fetchone() == (40,)
