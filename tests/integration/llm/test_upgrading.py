"""pg_llm is brought on to a later version: in use, with all that is in it, to be the same as one that is fresh."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors
from tests.conftest import make_reachable
from tests.integration.llm.catalogs import everything
from tests.integration.llm.databases import BOTH, Database, bare
from tests.integration.llm.later import later
from tests.integration.llm.places import PEOPLE, one, side_car
from tests.provider import FakeProvider
from tests.waiting import eventually

from nacre.core.errors import NacreError
from nacre.llm.assembling import PG_LLM, Source
from nacre.llm.installing.scripts import put_in, refused

RELEASED = Path(__file__).parent / "released"
"""What made each version that was released: see dev/release-pg-llm."""


@pytest.fixture(scope="module", params=BOTH)
def server(request: pytest.FixtureRequest) -> Iterator[Database]:
    with bare(request.param, tcp=True) as db:
        db.sql(PEOPLE, role="nacre")
        yield db


@pytest.fixture(scope="module")
def provider(server: Database) -> Iterator[FakeProvider]:
    """What the side-car asks, which listens for the server's databases."""
    with FakeProvider() as provider, side_car(server, provider):
        yield provider


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Source:
    return later(tmp_path_factory.mktemp("later") / "sql")


Make = Callable[..., "psycopg.Connection[Any]"]


@pytest.fixture
def make(server: Database, tmp_path: Path) -> Iterator[Make]:
    """Makes a database where the versions told are to be had as extensions; a superuser's connection to it.

    The first one is that which the side-car knows as its site.
    """
    made: list[psycopg.Connection[Any]] = []
    with server.connect(database="postgres") as admin:

        def run(statement: str) -> None:
            admin.execute(statement.encode())

        def database(*versions: Source) -> "psycopg.Connection[Any]":
            name = f"shop{len(made) or ''}"
            run(f"DROP DATABASE IF EXISTS {name} (FORCE)")
            run(f"CREATE DATABASE {name} OWNER shop")
            if versions:
                lay_out(tmp_path / name, versions)
                run(f"ALTER DATABASE {name} SET extension_control_path = '{tmp_path / name}:$system'")
                run(f"ALTER DATABASE {name} SET nacre.llm_socket = '{socket_of(server)}'")
            made.append(server.connect(database=name))
            made[-1].execute("SET search_path = pg_catalog")
            return made[-1]

        yield database
        for connection in made:
            connection.close()


def socket_of(server: Database) -> str:
    return str(server.seat.socket_dir.parent / "models")


def lay_out(folder: Path, versions: tuple[Source, ...]) -> None:
    (folder / "extension").mkdir(parents=True)
    for source in versions:
        for name, content in source.extension().items():
            (folder / "extension" / name).write_text(content)
    (folder / "extension").chmod(0o755)
    make_reachable(folder)


def test_whatever_version_it_was_it_is_made_the_same_as_a_fresh_one(make: Make, newer: Source) -> None:
    """Each that was released is brought on to the present one, and the present one to a made-up one."""
    pairs = [((RELEASED / f"{each.name}.sql").read_text(), each, PG_LLM) for each in PG_LLM.versions[:-1]]
    for installing, before, target in (*pairs, (PG_LLM.installing(), PG_LLM.current, newer)):
        run(upgraded := make(), installing, target.upgrading(before.migrations))
        run(fresh := make(), target.installing())
        assert_same(upgraded, fresh)


@pytest.mark.parametrize("server", ["18"], indirect=True)
def test_an_extension_that_is_updated_is_the_same_as_one_that_is_made_anew(make: Make, newer: Source) -> None:
    upgraded, fresh = make(PG_LLM, newer), make(newer)
    upgraded.execute("SET ROLE shop")
    upgraded.execute("CREATE EXTENSION pg_llm VERSION '1.0'")
    fresh.execute("SET ROLE shop")
    fresh.execute("CREATE EXTENSION pg_llm")
    with upgraded.transaction():
        upgraded.execute("ALTER EXTENSION pg_llm UPDATE")
        assert one(upgraded, "SELECT current_setting('lock_timeout')") == "0"
    upgraded.execute("RESET ROLE")
    fresh.execute("RESET ROLE")
    assert_same(upgraded, fresh)


@pytest.mark.parametrize("server", ["18"], indirect=True)
def test_it_is_updated_while_sessions_streams_calls_and_vectorizers_go_on(
    server: Database, make: Make, newer: Source, provider: FakeProvider
) -> None:
    admin = make(PG_LLM, newer)
    admin.execute("CREATE EXTENSION vector SCHEMA public")
    with ThreadPoolExecutor() as threads:

        def connect(role: str = "shop") -> "psycopg.Connection[Any]":
            return server.connect(role, admin.info.dbname)

        with connect() as talking, connect() as streaming, connect() as calling, connect() as writing:
            writing.execute("CREATE EXTENSION pg_llm VERSION '1.0'")
            writing.execute("CREATE TABLE docs (id int PRIMARY KEY, body text)")
            writing.execute("INSERT INTO docs SELECT i, 'Body ' || i FROM generate_series(1, 10) i")
            writing.execute("SELECT llm.create_vectorizer('docs', ARRAY['body'])")
            writing.execute("CREATE VIEW mine AS SELECT llm.remove_model('mine')")
            for _ in range(10):
                calling.execute("SELECT llm.chat('hello')", prepare=True)
            session = one(talking, "SELECT llm.session_create('talk')")

            talking.execute("BEGIN")
            assert one(talking, "SELECT llm.session_chat(%s, 'one')", session) == "You said: one"
            streaming.execute("BEGIN; DECLARE said CURSOR FOR SELECT piece FROM llm.chat_stream('a b c d')")
            pieces = [one(streaming, "FETCH said")]
            provider.latency_s = 2.0
            waiting = threads.submit(one, calling, "SELECT llm.chat('slow')")
            eventually(lambda: provider.asked[-1].last == "slow", within_s=60)
            provider.latency_s = 0.0

            with pytest.raises(errors.LockNotAvailable) as held:
                admin.execute("SET lock_timeout = '100ms'; ALTER EXTENSION pg_llm UPDATE")
            assert "open" in str(refused(held.value))
            assert one(talking, "SELECT llm.session_chat(%s, 'two')", session) == "You said: two"
            talking.execute("COMMIT")
            with pytest.raises(errors.DependentObjectsStillExist) as needed:
                admin.execute("ALTER EXTENSION pg_llm UPDATE")
            assert "view public.mine depends on" in str(refused(needed.value))
            assert one(writing, "SELECT llm.version()") == "1.0"
            writing.execute("DROP VIEW mine")
            admin.execute("SET lock_timeout = '10s'")
            with connect("nacre") as second:
                second.execute("BEGIN; ALTER EXTENSION pg_llm UPDATE")
                both = threads.submit(admin.execute, "ALTER EXTENSION pg_llm UPDATE")
                eventually(lambda: one(writing, "SELECT count(*) FROM pg_locks WHERE NOT granted"), within_s=60)
                writing.execute("INSERT INTO docs SELECT i, 'Body ' || i FROM generate_series(11, 20) i")
                second.execute("COMMIT")
            with pytest.raises(errors.InternalError_) as late:
                both.result()
            assert "somebody else" in str(refused(late.value))

            while (piece := one(streaming, "FETCH said")) is not None:
                pieces.append(piece)
            assert "".join(pieces) == "You said: a b c d"
            assert waiting.result() == "You said: slow"
            assert one(calling, "SELECT llm.chat('hello')") == "You said: hello!"
            assert one(calling, "SELECT llm.version()") == "99.0"
            with pytest.raises(errors.UndefinedFunction):
                calling.execute("SELECT llm.trace('x')")
            assert one(talking, "SELECT llm.session_chat(%s, 'three')", session) == "You said: three"
            said = talking.execute("SELECT content FROM llm.session_messages(%s) WHERE role = 'user'", [session])
            assert said.fetchall() == [("one",), ("two",), ("three",)]
            asked = {row[0] for row in writing.execute("SELECT prompt FROM llm.audit() WHERE outcome = 'done'")}
            assert len([prompt for prompt in asked if prompt]) > 5
            eventually(lambda: one(writing, "SELECT count(*) FROM llm_data.docs") == 20, within_s=60)
            eventually(lambda: one(writing, "SELECT state FROM llm.vectorizer_status('docs')") == "in step")


@pytest.mark.parametrize("server", ["18"], indirect=True)
def test_rights_that_were_given_and_taken_by_hand_stay_and_whoever_updates_gains_none(
    server: Database, make: Make, newer: Source
) -> None:
    admin = make(PG_LLM, newer)
    rights = """
        SELECT has_function_privilege('clerk', 'llm.chat(text, text, text, jsonb)', 'EXECUTE'),
            has_function_privilege('clerk', 'llm.remove_model(text)', 'EXECUTE WITH GRANT OPTION'),
            has_function_privilege('llm_user', 'llm.chat_batch(text[], text, text, jsonb)', 'EXECUTE'),
            has_table_privilege('llm_user', 'llm.spend', 'SELECT'),
            has_table_privilege('clerk', 'llm.session', 'SELECT'),
            pg_has_role('shop', 'llm_admin', 'MEMBER'),
            (SELECT count(*) FROM pg_auth_members WHERE member = 'nacre'::regrole)
    """
    admin.execute("""
        SET ROLE shop; CREATE EXTENSION pg_llm VERSION '1.0'; RESET ROLE;
        GRANT EXECUTE ON FUNCTION llm.chat TO clerk;
        GRANT EXECUTE ON FUNCTION llm.remove_model TO clerk WITH GRANT OPTION;
        REVOKE EXECUTE ON FUNCTION llm.chat_batch FROM llm_user;
        REVOKE SELECT ON llm.spend FROM llm_user;
        GRANT SELECT ON llm.session TO clerk;
        REVOKE llm_admin FROM shop;
    """)
    before = admin.execute(rights.encode()).fetchall()
    assert before == [(True, True, False, False, True, False, before[0][-1])]
    admin.execute("ALTER EXTENSION pg_llm UPDATE")
    assert admin.execute(rights.encode()).fetchall() == before
    assert one(admin, "SELECT llm.version()") == "99.0"


@pytest.mark.parametrize("server", ["18"], indirect=True)
def test_one_that_is_ahead_is_told_so_on_both_sides(make: Make, tmp_path: Path, provider: FakeProvider) -> None:
    ahead = later(tmp_path / "sql", protocol=99)
    admin = make(ahead)
    for done in ("installed", "current"):
        with admin.transaction():
            assert put_in(admin, far=False, source=ahead) == done
    with pytest.raises(NacreError) as older, admin.transaction():
        put_in(admin, far=False)
    assert older.value.code == "pg-llm-newer"
    provider.forget()
    for asked in ("SELECT llm.chat('hello')", "SELECT * FROM llm.chat_stream('hello')"):
        with pytest.raises(psycopg.Error) as refusal:
            admin.execute(asked.encode())
        assert (refusal.value.sqlstate, provider.requests) == ("LM026", 0)
        assert "Upgrade Nacre" in str(refusal.value.diag.message_hint)


def run(connection: "psycopg.Connection[Any]", *scripts: str) -> None:
    for script in scripts:
        with connection.transaction():
            connection.execute(script.encode())


def assert_same(upgraded: "psycopg.Connection[Any]", fresh: "psycopg.Connection[Any]") -> None:
    found, expected = everything(upgraded), everything(fresh)
    assert found.keys() == expected.keys()
    for name, what in expected.items():
        assert found[name] == what, name


@pytest.mark.parametrize("server", ["15"], indirect=True)
def test_whoever_installed_it_elsewhere_brings_it_on_without_a_superuser(
    server: Database, make: Make, newer: Source
) -> None:
    made = []
    for versions in ((PG_LLM, newer, newer), (newer,)):
        admin = make()
        admin.execute(
            "CREATE EXTENSION postgres_fdw SCHEMA public; GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO shop"
        )
        made.append(admin)
        with server.connect("shop", admin.info.dbname) as owner:
            done = []
            for source in versions:
                with owner.transaction():
                    for name in ("host", "port", "site", "password"):
                        owner.execute("SELECT set_config(%s, '1', true)", [f"nacre.{name}"])
                    done.append(put_in(owner, far=True, source=source))
            assert done == ["installed", "upgraded", "current"][: len(versions)]
    assert_same(*made)
    with pytest.raises(NacreError) as another, made[0].transaction():
        put_in(made[0], far=True, source=newer)
    assert another.value.code == "llm-not-allowed" and "shop" in another.value.hint
    # Roles are the server's: nobody may act as them where a superuser installs it in another database.
    made[0].execute("REVOKE llm_caller, llm_keeper, llm_reader, llm_worker FROM shop CASCADE")


def test_who_owns_the_database_catches_nothing_of_the_superuser_who_brings_it_on(
    server: Database, make: Make, newer: Source
) -> None:
    admin = make()
    with admin.transaction():
        put_in(admin, far=False)
    with server.connect("shop", admin.info.dbname) as owner:
        owner.execute("""
            CREATE TABLE public.caught (who text);
            CREATE FUNCTION public.caught() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO public.caught VALUES (current_user); RETURN NULL; END $$
        """)
        with pytest.raises(errors.InsufficientPrivilege):
            owner.execute("CREATE TRIGGER caught AFTER INSERT OR DELETE ON llm.installation "
                          "FOR EACH STATEMENT EXECUTE FUNCTION public.caught()")  # fmt: skip
        with admin.transaction():
            assert put_in(admin, far=False, source=newer) == "upgraded"
        assert owner.execute("SELECT version FROM llm.installation").fetchall() == [("99.0",)]
        assert owner.execute("SELECT * FROM caught").fetchall() == []


def test_a_schema_that_somebody_laid_out_as_ours_is_not_brought_on_by_a_superuser(server: Database, make: Make) -> None:
    admin = make()
    with server.connect("shop", admin.info.dbname) as owner:
        owner.execute("""
            CREATE SCHEMA llm; CREATE TABLE public.caught (who text);
            CREATE FUNCTION public.caught() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO public.caught VALUES (current_user); RETURN '1.0'; END $$;
            CREATE VIEW llm.installation AS SELECT public.caught() AS version, 1 AS migration;
        """)
        for expected, then in (
            ("llm-schema-taken", "DROP VIEW llm.installation"),
            ("llm-schema-taken", "CREATE TABLE llm.installation AS SELECT '1.0' AS version, 1 AS migration"),
            ("llm-not-allowed", "DROP SCHEMA llm CASCADE"),
        ):
            with pytest.raises(NacreError) as refusal, admin.transaction():
                put_in(admin, far=False)
            assert refusal.value.code == expected
            owner.execute(then.encode())
        assert owner.execute("SELECT * FROM caught").fetchall() == []
