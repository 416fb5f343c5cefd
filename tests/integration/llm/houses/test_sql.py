"""SELECT llm.chat(…) in a branch of a real house: from SQL to the provider and back, and who may do what."""

import time

import psycopg
import pytest
from psycopg import errors
from tests.daemon import House
from tests.integration.llm.houses.conftest import with_model
from tests.provider import FakeProvider, Fault


@pytest.fixture(scope="module")
def house(shared_house: House, provider: FakeProvider) -> House:
    with_model(shared_house, provider, default=True)
    shared_house.call("project.create", name="shop")
    return shared_house


def test_a_new_project_asks_models_in_sql(shop, house):
    assert shop.execute("SELECT llm.chat('hello')").fetchone() == ("You said: hello",)
    assert shop.execute("SELECT llm.chat(NULL)").fetchone() == (None,)
    shop.execute("CREATE TABLE mail (id int, body text)")
    shop.execute("INSERT INTO mail VALUES (1, 'it''s late'), (2, NULL), (3, 'ünï ✓')")
    found = shop.execute("SELECT id, llm.chat(body, system => 'Be short.') FROM mail ORDER BY id").fetchall()
    assert found == [(1, "You said: it's late"), (2, None), (3, "You said: ünï ✓")]
    batch = shop.execute("SELECT number, answer, error FROM llm.chat_batch(ARRAY['a', NULL, 'b'])").fetchall()
    assert batch == [(1, "You said: a", None), (2, None, None), (3, "You said: b", None)]
    names = {row[0] for row in shop.execute("SELECT name FROM llm.models()").fetchall()}
    assert {"fake", "local"} <= names
    assert house.call("llm.audit")[0]["site"] == "shop:main"


def test_operations_ask_for_json_and_compare_models(house, provider):
    provider.answer("Which town", '{"town": "Ulm"}')
    schema = {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]}
    said = house.call("llm.json", prompt="Which town?", json_schema=schema, ref="shop")
    assert (said["value"], said["model"]) == ({"town": "Ulm"}, "fake")
    with_model(house, provider, name="twin")
    well, alike, badly = house.call("llm.compare", prompt="hello", models=["fake", "twin", "local"])
    assert (well["model"], well["text"], well["error"]) == ("fake", "You said: hello", None) and well["seconds"] > 0
    assert (alike["model"], alike["text"]) == ("twin", "You said: hello")
    assert badly["text"] is None and badly["error"]["hint"]


def test_embeddings_need_no_key_and_become_vectors(shop):
    near, far = shop.execute(
        "SELECT llm.embed('a cat')::vector <=> llm.embed('a kitten')::vector,"
        " llm.embed('a cat')::vector <=> llm.embed('interest rates')::vector"
    ).fetchone()
    assert near < far
    many = shop.execute("SELECT number, cardinality(embedding) FROM llm.embed(ARRAY['x', 'y'])").fetchall()
    assert many == [(1, 384), (2, 384)]


def test_pieces_come_row_by_row(shop, provider):
    words = " ".join(f"w{n}" for n in range(6))
    with shop.cursor() as cursor:
        rows = [row[0] for row in cursor.stream("SELECT * FROM llm.chat_stream(%s)", [words])]
    assert len(rows) > 2 and "".join(rows) == f"You said: {words}"
    plan = shop.execute("EXPLAIN (VERBOSE, COSTS OFF) SELECT * FROM llm.chat_stream('x')").fetchall()
    text = "\n".join(row[0] for row in plan)
    assert "Foreign Scan" in text and "caller" in text and "Function Scan" not in text


def test_a_dialogue_is_remembered_and_its_owners_alone(shop, house):
    session = shop.execute("SELECT llm.session_create('first', system => 'Be kind.')").fetchone()[0]
    assert shop.execute("SELECT llm.session_chat(%s, 'one')", [session]).fetchone() == ("You said: one",)
    streamed = shop.execute("SELECT string_agg(piece, '') FROM llm.session_chat_stream(%s, 'two')", [session])
    assert streamed.fetchone() == ("You said: two",)
    said = shop.execute("SELECT role, content FROM llm.session_messages(%s)", [session]).fetchall()
    assert said == [
        ("user", "one"), ("assistant", "You said: one"), ("user", "two"), ("assistant", "You said: two"),
    ]  # fmt: skip
    shop.execute("CREATE ROLE clerk LOGIN PASSWORD 'clerk' IN ROLE llm_user; GRANT CONNECT ON DATABASE shop TO clerk")
    url = (
        house.url("shop").replace("//shop:", "//clerk:").replace(house.url("shop").split(":")[2].split("@")[0], "clerk")
    )
    with psycopg.connect(url, autocommit=True) as clerk:
        assert clerk.execute("SELECT llm.chat('hi')").fetchone() == ("You said: hi",)
        assert clerk.execute("SELECT count(*) FROM llm.session").fetchone() == (0,)
        for statement in (
            f"SELECT llm.session_chat('{session}', 'three')",
            f"SELECT * FROM llm.session_messages('{session}')",
            f"SELECT * FROM llm.session_chat_stream('{session}', 'three')",
            "SELECT llm.add_model('mine', 'openai', 'x', 'k')",
        ):
            with pytest.raises(psycopg.Error) as refused:
                clerk.execute(statement)
            assert refused.value.sqlstate == "LM013", statement
        for statement in (
            "SELECT * FROM llm_private.call WHERE request = '{}'",
            "SELECT * FROM llm_private.stream WHERE request = '{}'",
            "CREATE SERVER s FOREIGN DATA WRAPPER pg_llm",
            "SET ROLE llm_caller",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                clerk.execute(statement)
        forged = (
            "SELECT piece FROM llm_private.pieces WHERE request ="
            """ '{"fn": "chat_stream", "args": {"prompt": "x"}, "caller": {"role": "shop", "admin": true}}'"""
        )
        clerk.execute(forged)
        mine = clerk.execute("SELECT role FROM llm.audit() LIMIT 1").fetchone()
        assert mine == ("clerk",)
    shop.execute("CREATE ROLE stranger; GRANT stranger TO shop; SET ROLE stranger")
    with pytest.raises(errors.InsufficientPrivilege):
        shop.execute("SELECT llm.chat('hi')")


def test_a_rollback_does_not_erase_the_audit(shop):
    with pytest.raises(ZeroDivisionError), shop.transaction():
        shop.execute("SELECT llm.chat('never mind')")
        raise ZeroDivisionError
    assert shop.execute("SELECT prompt LIKE '%%never mind%%' FROM llm.audit() LIMIT 1").fetchone() == (True,)


def test_errors_are_errors_with_a_state_of_their_own(shop, provider):
    for statement, state in (
        ("SELECT llm.chat('x', 'no-such-model')", "LM012"),
        ("""SELECT llm.chat('x', options => '{"temperature": 7}')""", "LM014"),
        ("""SELECT llm.chat('x', options => '{"nonsense": 7}')""", "LM014"),
    ):
        with pytest.raises(psycopg.Error) as refused:
            shop.execute(statement)
        assert refused.value.sqlstate == state and refused.value.diag.message_hint, statement


def test_a_timeout_returns_at_once(shop, provider):
    shop.execute("SET statement_timeout = '150ms'")
    provider.script(Fault("stall"))
    began = time.monotonic()
    with pytest.raises(errors.QueryCanceled):
        shop.execute("SELECT llm.chat('wait for me')")
    assert time.monotonic() - began < 0.25
    shop.execute("SET statement_timeout = 0")
    assert shop.execute("SELECT llm.chat('and on')").fetchone() == ("You said: and on",)


def test_a_branch_speaks_as_itself_and_a_rewind_keeps_it_speaking(shop, house):
    house.call("branch.create", ref="shop", name="try")
    with house.connect("shop:try") as branch:
        assert branch.execute("SELECT llm.chat('from the branch')").fetchone() == ("You said: from the branch",)
    assert house.call("llm.audit")[0]["site"] == "shop:try"
    house.call("checkpoint", ref="shop:try", message="here")
    house.call("rewind", ref="shop:try", moment="here")
    with house.connect("shop:try") as branch:
        assert branch.execute("SELECT llm.chat('after a rewind')").fetchone() == ("You said: after a rewind",)
