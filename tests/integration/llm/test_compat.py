"""pg_llm_compat: the functions of the public pg_llm 1.1 as they are declared there, and what they do here instead.

On PostgreSQL 18 as an extension that the database's owner creates, on 15 as `nacre llm install --compat` puts it in.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors
from tests.integration.llm.databases import BOTH, bare
from tests.integration.llm.places import PEOPLE, Place, install, one, plainly, side_car
from tests.provider import BROKEN, FakeProvider

from nacre.core.errors import NacreError
from nacre.engines.postgres.installation import Installation
from nacre.engines.postgres.trusted import with_trusted_extensions
from nacre.llm import compat
from nacre.llm.compat import names
from nacre.llm.extension import with_pg_llm
from nacre.llm.installing.scripts import put_in_compat, take_out

FACTS = (Path(__file__).parent / "pg_llm_1.1.txt").read_text().splitlines()
_DECLARED = """
    SELECT format('%%s(%%s) → %%s', p.proname, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid))
    FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.proname = ANY (%s)
"""
_FOR_ALL = """
    SELECT p.oid::regprocedure::text FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
    WHERE a.grantee = 0 AND (p.proname = ANY (%s) OR p.pronamespace = 'llm_compat'::regnamespace)
    UNION ALL SELECT c.oid::regclass::text FROM pg_class c, aclexplode(c.relacl) a
    WHERE a.grantee = 0 AND c.relnamespace = 'llm_compat'::regnamespace
"""
_TABLES = """
    CREATE TABLE mail (id int PRIMARY KEY, subject text, body text);
    INSERT INTO mail VALUES (1, 'late', 'The pearl is late'), (2, 'fine', 'All is fine'), (3, 'lost', NULL);
    GRANT llm_user TO clerk
"""
NOBODYS = "00000000-0000-0000-0000-000000000000"


@pytest.fixture(scope="module", params=BOTH)
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    with (
        bare(request.param, tcp=True) as db,
        FakeProvider(keys={"the-key", "another"}) as provider,
        side_car(db, provider, private_hosts=frozenset({"127.0.0.1"})) as listening,
    ):
        made = Place(db, provider)
        db.sql(PEOPLE, role="nacre")
        (create if request.param == "18" else put_in)(made, *listening)
        with made.connect() as shop:
            shop.execute(_TABLES)
        yield made


@pytest.fixture
def shop(place: Place) -> Iterator["psycopg.Connection[Any]"]:
    place.provider.forget()
    place.provider.answer("", plainly)
    with place.connect() as connection:
        yield connection


def create(place: Place, folder: Path, port: int) -> None:
    places = ":".join(map(str, laid_out(place).extension_dirs))
    with place.db.connect() as superuser:
        superuser.execute(f"ALTER SYSTEM SET extension_control_path = '{places}:$system'".encode())
        superuser.execute("SELECT pg_reload_conf()")
    with place.connect() as owner:
        owner.execute("SELECT set_config('nacre.llm_socket', %s, false)", [str(folder)])
        owner.execute("CREATE EXTENSION pg_llm; CREATE EXTENSION pg_llm_compat CASCADE")


def laid_out(place: Place) -> Installation:
    engines = place.db.seat.socket_dir.parent / "engines"
    return with_pg_llm(with_trusted_extensions(place.db.cluster.installation, engines), engines)


def put_in(place: Place, folder: Path, port: int) -> None:
    place.db.sql("CREATE EXTENSION vector", role="nacre")
    install(place, folder, port)
    with place.connect() as owner, owner.transaction():
        put_in_compat(owner, wanted=True)
        put_in_compat(owner, wanted=False)  # it is brought on


def test_it_is_declared_as_it_was(place: Place) -> None:
    assert len(FACTS) == 29 and sorted(names()) == sorted(line.partition("(")[0] for line in FACTS)
    assert sorted(row[0] for row in place.db.sql(_DECLARED, names())) == sorted(FACTS)
    assert place.db.sql(_FOR_ALL, names()) == []


def test_models_are_added_asked_and_removed(place: Place, shop: "psycopg.Connection[Any]") -> None:
    url = f"{place.provider.base_url}/chat/completions"
    config = f'{{"model_name": "fake-small", "api_endpoint": "{url}", "confidence_threshold": 0.6}}'
    told: list[str] = []
    shop.add_notice_handler(lambda notice: told.append(notice.message_primary or ""))
    assert one(shop, "SELECT pg_llm_add_model(false, 'chatgpt', 'mine', 'another', %s)", config) is True
    assert "confidence_threshold" in "".join(told)
    assert one(shop, "SELECT pg_llm_chat('mine', 'hello')") == "You said: hello"
    assert (place.provider.asked[-1].key, place.provider.asked[-1].body["model"]) == ("another", "fake-small")
    assert one(shop, "SELECT pg_llm_chat(NULL, 'hello')") is None
    assert one(shop, "SELECT pg_llm_remove_model('mine')") is True
    assert one(shop, "SELECT pg_llm_remove_model('mine')") is False
    refused(shop, "LM012", "SELECT pg_llm_chat('mine', 'hello')")
    refused(shop, "LM014", "SELECT pg_llm_add_model(false, 'chatgpt', 'mine', 'k', 'no json')")
    refused(shop, "LM014", "SELECT pg_llm_add_model(false, 'mock', 'mine', 'k', '{}')")
    with place.connect("clerk") as clerk:
        refused(clerk, "LM013", "SELECT pg_llm_add_model(false, 'deepseek', 'theirs', 'k', '{}')")
        refused(clerk, "LM013", "SELECT pg_llm_remove_model('fake')")


def test_answers_come_with_what_is_known_and_errors_are_errors(place: Place, shop: "psycopg.Connection[Any]") -> None:
    said = one(shop, "SELECT pg_llm_chat_json('fake', 'a b', '{\"temperature\": 1, \"confidence_threshold\": 0.5}')")
    assert (said["response"], said["instance_name"], said["fallback_used"]) == ("You said: a b", "fake", False)
    assert said["confidence_score"] is None and said["candidates"][0]["response"] == "You said: a b"
    rows = shop.execute("SELECT * FROM pg_llm_chat_stream('fake', 'a b c')").fetchall()
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1)) and len(rows) > 3
    assert [row[2] for row in rows] == [False] * (len(rows) - 1) + [True]
    assert "".join(row[1] for row in rows[:-1]) == rows[-1][1] == "You said: a b c"
    assert rows[-1][3] == "fake" and rows[-1][4] is None and rows[-1][5] is not None
    refused(shop, "LM014", "SELECT pg_llm_chat_json('fake', 'x', '{\"heat\": 1}')")
    with broken(place, shop):
        refused(shop, "LM009", "SELECT pg_llm_chat('down', 'broken')")
        refused(shop, "LM009", "SELECT * FROM pg_llm_chat_stream('down', 'broken')")
        refused(shop, "LM009", "SELECT pg_llm_chat_json('down', 'broken', '{\"fallback_instance\": \"down\"}')")


def test_rows_come_as_they_are_said(place: Place, shop: "psycopg.Connection[Any]") -> None:
    place.provider.answer("slowly", "one two three four")
    place.provider.tokens_per_s = 20
    try:
        pieces = shop.cursor().stream("SELECT chunk FROM pg_llm_chat_stream('fake', 'slowly')")
        next(pieces)
        assert place.provider.open_connections and len(list(pieces)) > 2
        asking = place.provider.requests
        with shop.transaction(force_rollback=True), shop.cursor("piecemeal") as cursor:
            cursor.execute("SELECT chunk FROM pg_llm_chat_stream('fake', 'slowly', '{\"cache\": false}')")
            cursor.itersize = 1
            assert cursor.fetchone() is not None
        assert place.provider.requests == asking + 1
    finally:
        place.provider.tokens_per_s = float("inf")


def test_several_models_answer_and_another_one_steps_in(place: Place, shop: "psycopg.Connection[Any]") -> None:
    with broken(place, shop):
        assert one(shop, "SELECT pg_llm_parallel_chat('hi', ARRAY['down', 'fake'])") == "You said: hi"
        both = one(shop, "SELECT pg_llm_parallel_chat_json('hi', ARRAY['down', 'fake'])")
        assert both["selected_instance"] == "fake"
        assert [bool(each["error"]) for each in both["candidates"]] == [True, False]
        everybody = one(shop, "SELECT pg_llm_parallel_chat_json('hi', NULL)")
        assert [each["instance_name"] for each in everybody["candidates"]] == ["down", "fake"]
        other = one(shop, "SELECT pg_llm_chat_json('down', 'hi', '{\"fallback_instance\": \"fake\"}')")
        assert (other["response"], other["fallback_used"], other["fallback_instance"]) == ("You said: hi", True, "fake")
        assert other["candidates"][0]["error"] and other["candidates"][1]["response"] == "You said: hi"
        refused(shop, "LM009", "SELECT pg_llm_parallel_chat('hi', ARRAY['down'])")
        refused(shop, "LM014", "SELECT pg_llm_parallel_chat('hi')")


def test_questions_statements_and_reports(place: Place, shop: "psycopg.Connection[Any]") -> None:
    place.provider.answer(
        "The question:", {"sql": "SELECT count(*) AS n FROM mail", "explanation": "all", "clarify": None}
    )
    shop.execute("SELECT llm.learn_fact('a letter is a row of mail')")
    assert one(shop, "SELECT pg_llm_text2sql('fake', 'How much mail is there?', 'mail holds letters')") == (
        "SELECT count(*) AS n FROM mail"
    )
    assert (
        "a letter is a row" in place.provider.asked[-1].prompt and "mail holds letters" in place.provider.asked[-1].last
    )
    told = one(
        shop, "SELECT pg_llm_text2sql_json('fake', 'How much mail is there?', NULL, false, '{\"enable_rag\": true}')"
    )
    assert told["execution"]["rows"] == [{"n": 3}] and told["execution"]["row_count"] == 1
    assert told["similar_queries"] == [] and "a letter" not in place.provider.asked[-1].prompt
    assert one(shop, "SELECT pg_llm_get_trace(%s) -> 'events' -> 0 ->> 'stage'", told["request_id"]) == "text2sql"

    ran = one(shop, "SELECT pg_llm_execute_sql_with_analysis('fake', 'SELECT id, subject FROM mail ORDER BY id')")
    assert (ran["row_count"], ran["rows"][0]) == (3, {"id": 1, "subject": "late"})
    assert "mail" in "".join(ran["explain"]) and "Scan" in ran["analysis"] and ran["request_id"]

    words = {"title": "Mail", "summary": "Three.", "findings": ["3."]}
    chart = {"kind": "bar", "title": "By subject", "x": "subject", "y": ["id"]}
    place.provider.answer("Write a short report", words | {"chart": chart})
    made = one(shop, "SELECT pg_llm_generate_report('fake', 'SELECT subject, id FROM mail')")
    drawn = made["vega_lite"]
    assert (made["narrative"], made["summary"]) == ("Three.", {"row_count": 3, "column_count": 2})
    assert (drawn["mark"], drawn["encoding"]["x"]["field"], drawn["encoding"]["y"]["type"]) == (
        "bar",
        "subject",
        "quantitative",
    )
    assert len(drawn["data"]["values"]) == 3
    place.provider.answer("Write a short report", words | {"chart": chart | {"kind": "none", "x": None, "y": []}})
    assert one(shop, "SELECT pg_llm_generate_report('fake', 'SELECT 1 AS one')")["vega_lite"] is None

    refused(shop, "LM014", "SELECT pg_llm_execute_sql_with_analysis('fake', 'DELETE FROM mail')")
    refused(shop, "LM016", "SELECT pg_llm_generate_report('fake', 'SELECT pg_read_file(''/etc/passwd'')')")
    with place.connect("clerk") as clerk:
        refused(clerk, "LM016", "SELECT pg_llm_text2sql('fake', 'How much mail is there?')")
        refused(clerk, "LM016", "SELECT pg_llm_text2sql_json('fake', 'How much mail is there?')")


def test_dialogues_are_their_owners(place: Place, shop: "psycopg.Connection[Any]") -> None:
    session = one(shop, "SELECT pg_llm_create_session(2)")
    assert len(session) == 36
    assert one(shop, "SELECT pg_llm_multi_turn_chat('fake', %s, 'one')", session) == "You said: one"
    rows = shop.execute("SELECT * FROM pg_llm_multi_turn_chat_stream('fake', %s, 'two')", [session]).fetchall()
    assert rows[-1][1:4] == ("You said: two", True, "fake")
    assert [message["content"] for message in place.provider.asked[-1].body["messages"]] == [
        "one",
        "You said: one",
        "two",
    ]
    shop.execute("SELECT pg_llm_set_max_messages(%s, 0)", [session])
    shop.execute("SELECT pg_llm_multi_turn_chat('fake', %s, 'three')", [session])
    assert len(place.provider.asked[-1].body["messages"]) == 1
    shop.execute('SELECT pg_llm_update_session_state(%s, \'{"topic": "pearls"}\')', [session])
    shop.execute('SELECT pg_llm_update_session_state(%s, \'{"topic": "shells"}\')', [session])
    known = one(shop, "SELECT pg_llm_get_session(%s)", session)
    assert (known["state"], known["max_messages"], len(known["messages"])) == ({"topic": "shells"}, 0, 6)
    assert shop.execute("SELECT session_id, message_count FROM pg_llm_get_sessions()").fetchall() == [(session, 6)]
    messages = shop.execute("SELECT * FROM pg_llm_get_session_messages(%s)", [session]).fetchall()
    assert [(row[2], row[3]) for row in messages[-2:]] == [("user", "three"), ("assistant", "You said: three")]
    asked = shop.execute("SELECT * FROM pg_llm_get_audit_log('{\"limit\": 1}')").fetchone()
    assert asked is not None and asked[:6] == (messages[-1][1], "session_chat", "fake", session, True, None)

    calls = (
        "SELECT pg_llm_multi_turn_chat('fake', %s, 'x')",
        "SELECT * FROM pg_llm_multi_turn_chat_stream('fake', %s, 'x')",
        "SELECT pg_llm_set_max_messages(%s, 3)",
        "SELECT pg_llm_get_session(%s)",
        "SELECT * FROM pg_llm_get_session_messages(%s)",
        "SELECT pg_llm_update_session_state(%s, '{}')",
    )
    with place.connect("clerk") as clerk:
        for statement in calls:
            refused(clerk, "LM013", statement, session)
            refused(shop, "LM013", statement, "not one")
        assert one(clerk, "SELECT count(*) FROM pg_llm_get_sessions()") == 0
        assert one(clerk, "SELECT count(*) FROM llm_compat.session_state") == 0
        assert one(clerk, "SELECT pg_llm_delete_session(%s)", session) is False
        clerk.execute("SELECT pg_llm_cleanup_sessions(0)")
    refused(shop, "LM014", "SELECT pg_llm_create_session(-1)")
    refused(shop, "LM014", "SELECT pg_llm_set_max_messages(%s, 100000)", session)
    refused(shop, "LM014", "SELECT pg_llm_cleanup_sessions(-1)")
    assert one(shop, "SELECT pg_llm_delete_session('not one')") is False
    assert one(shop, "SELECT pg_llm_delete_session(%s)", session) is True
    shop.execute("SELECT pg_llm_create_session()")
    shop.execute("SELECT pg_llm_cleanup_sessions(3600)")
    assert one(shop, "SELECT count(*) FROM pg_llm_get_sessions()") == 1
    shop.execute("SELECT pg_llm_cleanup_sessions(0)")
    assert one(shop, "SELECT count(*) FROM pg_llm_get_sessions()") == 0


def test_vectors_and_knowledge_are_found_by_what_they_mean(place: Place, shop: "psycopg.Connection[Any]") -> None:
    assert one(shop, "SELECT vector_dims(pg_llm_get_embedding('local', 'a cat'))") == 384
    cat = one(shop, "SELECT pg_llm_store_vector('pets', 'says', 1, pg_llm_get_embedding('local', 'the cat meows'))")
    shop.execute(
        "SELECT pg_llm_store_vector('pets', 'says', 2, pg_llm_get_embedding('local', 'taxes are due'), '{\"a\": 1}')"
    )
    shop.execute(
        "SELECT pg_llm_store_vector('pets', 'says', 3, '[1, 0]'), pg_llm_store_vector('pets', 'says', 4, '[0, 0]')"
    )
    near = shop.execute(
        "SELECT * FROM pg_llm_search_vectors(pg_llm_get_embedding('local', 'a kitten mews'), 5, 0.3)"
    ).fetchall()
    assert [(row[0], row[3], row[5]) for row in near] == [(cat, 1, {})] and 0.3 < near[0][4] < 1
    assert shop.execute("SELECT row_id, similarity FROM pg_llm_search_vectors('[2, 0]')").fetchall() == [(3, 1.0)]
    assert one(shop, "SELECT pg_llm_store_vector('pets', NULL, 1, '[1, 0]')") is None
    refused(shop, "LM014", "SELECT pg_llm_get_embedding('fake', 'a cat')")
    refused(shop, "LM012", "SELECT pg_llm_get_embedding('nobody', 'a cat')")
    refused(shop, "2201W", "SELECT * FROM pg_llm_search_vectors('[1, 0]', -1)")

    document = one(
        shop,
        "SELECT pg_llm_add_knowledge('handbook', %s, '{\"domain\": \"pearls\"}', '{\"chunk_size\": 40}')",
        "Nacre is mother-of-pearl. It lines shells.\n\nInvoices are paid in a month.",
    )
    found = shop.execute("SELECT * FROM pg_llm_search_knowledge('When must I pay?', '{\"limit\": 2}')").fetchall()
    assert (
        len(found) == 2 and found[0][1] == document and "a month" in found[0][4] and found[0][6] == {"domain": "pearls"}
    )
    assert found[0][5] > found[1][5]
    shop.execute(
        "SELECT pg_llm_chat_json('fake', 'When must I pay?', '{\"enable_rag\": true, \"knowledge_limit\": 1}')"
    )
    assert "Invoices are paid" in place.provider.asked[-1].last and "no instruction" in place.provider.asked[-1].prompt
    assert "lines shells" not in place.provider.asked[-1].prompt
    shop.execute("SELECT count(*) FROM pg_llm_chat_stream('fake', 'Pay when?', '{\"enable_rag\": true}')")
    assert "Invoices are paid" in place.provider.asked[-1].last
    refused(shop, "LM014", "SELECT pg_llm_add_knowledge('handbook', '')")
    refused(shop, "LM014", "SELECT pg_llm_add_knowledge('handbook', NULL)")
    refused(shop, "LM012", "SELECT * FROM pg_llm_search_knowledge('x', '{\"model\": \"nobody\"}')")
    shop.execute("SELECT llm.add_model('vectors', 'openai', 'fake-embed', 'another', %s, kind => 'embedding')",
                 [place.provider.base_url])  # fmt: skip
    refused(shop, "LM025", "SELECT * FROM pg_llm_search_knowledge('x', '{\"model\": \"vectors\"}')")
    with place.connect("clerk") as clerk:
        assert one(clerk, "SELECT count(*) FROM pg_llm_search_knowledge('When must I pay?')") == 3
        with pytest.raises(errors.InsufficientPrivilege):
            clerk.execute("DELETE FROM llm_compat.document")


def test_what_was_asked_is_known_after_a_rollback_and_rated(place: Place, shop: "psycopg.Connection[Any]") -> None:
    with shop.transaction(force_rollback=True):
        request = one(shop, "SELECT pg_llm_chat_json('fake', 'never mind') ->> 'request_id'")
    rated = "SELECT pg_llm_record_feedback(%s, 5, 'useful', '{\"tag\": \"good\"}')"
    assert one(shop, rated, request) > 0
    log = shop.execute("SELECT * FROM pg_llm_get_audit_log('{\"limit\": 5}')").fetchall()
    assert str(log[0][0]) == request and log[0][1:6] == ("chat", "fake", "", True, None)
    assert "never mind" in log[0][6]["prompt"] and log[0][6]["role"] == "shop"
    trace = one(shop, "SELECT pg_llm_get_trace(%s)", request)
    assert [(event["stage"], event["details"].get("rating")) for event in trace["events"]] == [
        ("chat", None),
        ("feedback", 1),
    ]
    with place.connect("clerk") as clerk:
        assert one(clerk, rated, request) > 0
        with pytest.raises(errors.InsufficientPrivilege):
            clerk.execute("SELECT feedback FROM llm_compat.feedback")
    refused(shop, "LM019", "SELECT pg_llm_record_feedback(%s, 1, 'bad')", NOBODYS)
    refused(shop, "LM019", "SELECT pg_llm_get_trace(%s)", NOBODYS)
    refused(shop, "LM014", "SELECT * FROM pg_llm_get_audit_log('{\"limit\": 0}')")


def test_it_is_brought_on_and_leaves_rights_as_they_are(
    place: Place, shop: "psycopg.Connection[Any]", monkeypatch: pytest.MonkeyPatch
) -> None:
    place.db.sql("REVOKE EXECUTE ON FUNCTION pg_llm_chat(text, text) FROM llm_user", role="nacre")
    if place.db.cluster.installation.major == 18:
        monkeypatch.setattr(compat, "VERSIONS", (*compat.VERSIONS, "1.2"))
        laid_out(place)
        shop.execute("ALTER EXTENSION pg_llm_compat UPDATE TO '1.2'")
    else:
        with place.connect() as owner, owner.transaction():
            put_in_compat(owner, wanted=False)
    assert not one(shop, "SELECT has_function_privilege('clerk', 'pg_llm_chat(text, text)', 'EXECUTE')")
    place.db.sql("GRANT EXECUTE ON FUNCTION pg_llm_chat(text, text) TO llm_user", role="nacre")
    assert sorted(row[0] for row in place.db.sql(_DECLARED, names())) == sorted(FACTS)
    assert place.db.sql(_FOR_ALL, names()) == []


def test_dumps_hold_what_was_stored_and_it_goes_as_it_came(place: Place, shop: "psycopg.Connection[Any]") -> None:
    shop.execute("SELECT pg_llm_store_vector('pets', 'says', 9, '[1, 2, 3]')")
    count = "SELECT count(*) FROM llm_compat.vector"
    if place.db.cluster.installation.major < 18:
        with place.connect() as owner, owner.transaction():
            take_out(owner)
        assert one(shop, "SELECT to_regnamespace('llm_compat')") is None and place.db.sql(_DECLARED, names()) == []
        return
    stored, last = one(shop, count), one(shop, "SELECT max(id) FROM llm_compat.vector")
    dumped = run(place, "pg_dump", "--no-owner", place.dsn("shop"))
    place.db.sql("CREATE DATABASE again OWNER shop", role="nacre")
    place.db.sql("ALTER DATABASE again SET nacre.llm_socket = '/nowhere'", role="nacre")
    run(place, "psql", "-qv", "ON_ERROR_STOP=1", f"{place.dsn('shop').removesuffix('shop')}again", typed=dumped)
    with psycopg.connect(f"{place.dsn('shop').removesuffix('shop')}again", autocommit=True) as again:
        assert one(again, count) == stored
        assert one(again, "SELECT pg_llm_store_vector('pets', 'says', 9, '[1, 2, 3]')") > last
        assert one(again, "SELECT count(*) FROM llm_compat.chunk") > 0
    with pytest.raises(errors.DependentObjectsStillExist):
        shop.execute("DROP EXTENSION pg_llm")
    shop.execute("DROP EXTENSION pg_llm_compat")
    assert place.db.sql(_DECLARED, names()) == []


def test_it_takes_pgvector_and_says_so(place: Place) -> None:
    place.db.sql("CREATE DATABASE plain OWNER shop", role="nacre")
    with place.db.connect("shop", "plain") as owner:
        if place.db.cluster.installation.major == 18:
            with pytest.raises(errors.Error) as lacking:
                owner.execute("CREATE EXTENSION pg_llm_compat")
            assert "required extension" in str(lacking.value)
        with pytest.raises(NacreError) as refusal:
            put_in_compat(owner, wanted=True)
        assert refusal.value.code == "llm-missing" and "CREATE EXTENSION vector" in refusal.value.hint
        owner.execute("CREATE SCHEMA llm_compat")
        with pytest.raises(NacreError) as taken:
            put_in_compat(owner, wanted=True)
        assert taken.value.code == "llm-schema-taken"


@contextmanager
def broken(place: Place, shop: "psycopg.Connection[Any]") -> Iterator[None]:
    """With a model `down`, which never answers, and is asked once."""
    add = "SELECT llm.add_model('down', 'openai', 'x', 'another', %s, options => '{\"attempts\": 1}')"
    shop.execute(add, [place.provider.base_url])
    place.provider.fault_for = lambda asked: BROKEN if asked.body["model"] == "x" else None
    yield
    place.provider.fault_for = lambda asked: None
    shop.execute("SELECT pg_llm_remove_model('down')")


def refused(connection: "psycopg.Connection[Any]", state: str, statement: str, *values: Any) -> None:
    with pytest.raises(psycopg.Error) as error:
        connection.execute(statement.encode(), values or None)
    assert error.value.sqlstate == state, (statement, error.value)


def run(place: Place, program: str, *arguments: str, typed: str | None = None) -> str:
    done = subprocess.run([place.db.cluster.installation.program(program), *arguments], capture_output=True, text=True,
                          input=typed, timeout=60, check=False)  # fmt: skip
    assert done.returncode == 0 and "ERROR" not in done.stderr, done.stderr
    return done.stdout
