"""pg_llm where Postgres is Debian's 15: reached over the network by TLS, without a superuser, and as Nacre's own."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
from tests.daemon import House, house_on
from tests.integration.llm.databases import DEBIANS, debians
from tests.ports import free_port
from tests.provider import FakeProvider
from tests.waiting import eventually

from nacre.core.errors import NacreError
from nacre.engines.postgres.cluster import Cluster
from nacre.engines.postgres.installation import at
from nacre.engines.postgres.seat import Seat
from nacre.engines.processes.users import find
from nacre.llm.installing.scripts import put_in

_AS_PROVIDERS_DO = """
    CREATE ROLE ann LOGIN CREATEROLE PASSWORD 'ann';
    CREATE DATABASE bank OWNER ann;
    CREATE DATABASE poor OWNER ann;
    CREATE ROLE clerk LOGIN PASSWORD 'clerk';
"""
_FDW = "CREATE EXTENSION postgres_fdw; GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO ann"


@dataclass(frozen=True)
class Server:
    port: int

    def dsn(self, user: str, database: str = "bank", password: str = "") -> str:
        return f"postgresql://{user}:{password or user}@127.0.0.1:{self.port}/{database}"

    def connect(self, user: str, database: str = "bank") -> "psycopg.Connection[Any]":
        return psycopg.connect(self.dsn(user, database), autocommit=True)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    binaries = debians()
    place = Path(tempfile.mkdtemp(prefix="nacre-"))
    place.chmod(0o711)
    cluster = Cluster(at(binaries), place / "data", find("nobody") if os.geteuid() == 0 else None)
    cluster.data_dir.mkdir()
    cluster.initialise("nacre")
    made = Server(free_port())
    cluster.start(Seat(made.port, place / "s"), place / "wal", place / "log")
    try:
        with made.connect("nacre", "postgres") as connection:
            for statement in _AS_PROVIDERS_DO.split(";\n"):
                connection.execute(statement)
        with made.connect("nacre") as connection:
            connection.execute(_FDW)
        yield made
    finally:
        cluster.stop("immediate")
        shutil.rmtree(place)


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with (
        FakeProvider() as provider,
        house_on("copy", NACRE_LLM_LISTEN=f"127.0.0.1:{free_port()}", NACRE_POSTGRES_BIN=str(debians())) as house,
    ):
        house.call("llm.model.add", name="fake", provider="openai", model="fake", key="the-key", default=True,
                   base_url=provider.base_url)  # fmt: skip
        yield house


def one(connection: "psycopg.Connection[Any]", sql: LiteralString, *values: Any) -> Any:
    """What the first column of the first row is."""
    row = connection.execute(sql, values or None).fetchone()
    assert row is not None
    return row[0]


def test_installed_by_the_databases_owner_it_asks_models(house: House, server: Server) -> None:
    done = house.run("llm", "install", "bank", "--json", typed=server.dsn("ann") + "\n")
    assert done.returncode == 0, done.stderr
    installed = house.call("llm.install", name="bank", dsn=server.dsn("ann"))
    assert installed["done"] == "current" and installed["database"] == "bank"
    assert [what for what in installed["missing"] if "superuser" not in what and "pgvector" not in what] == []
    with server.connect("ann") as ann:
        assert one(ann, "SELECT llm.chat('hello')") == "You said: hello"
        pieces = [row[0] for row in ann.cursor().stream("SELECT * FROM llm.chat_stream('a b c d')")]
        assert len(pieces) > 2 and "".join(pieces) == "You said: a b c d"
        assert len(one(ann, "SELECT llm.embed('a cat')")) == 384
        session = one(ann, "SELECT llm.session_create()")
        assert one(ann, "SELECT llm.session_chat(%s, 'one')", session) == "You said: one"
        assert one(ann, "SELECT role FROM llm.audit() LIMIT 1") == "ann"
        with server.connect("clerk") as clerk, pytest.raises(psycopg.errors.InsufficientPrivilege):
            clerk.execute("SELECT llm.chat('me too')")
        ann.execute("GRANT llm_user TO clerk")
        with server.connect("clerk") as clerk:
            assert clerk.execute("SELECT llm.chat('me too')").fetchone() == ("You said: me too",)
            assert clerk.execute("SELECT count(*) FROM llm.session").fetchone() == (0,)
            seen = clerk.execute("SELECT umoptions FROM pg_user_mappings WHERE srvname = 'pg_llm'").fetchall()
            assert seen == [(None,)]
    assert house.call("llm.site.list") == [{"name": "bank", "reader": True, "worker": True}]
    assert house.call("llm.audit")[0]["site"] == "elsewhere/bank"


def test_a_site_reaches_no_other_database_of_its_server(house: House, server: Server) -> None:
    """Whoever has its password may say what they like: which database, and to be its superuser."""
    with server.connect("nacre") as connection:
        way = one(
            connection, "SELECT umoptions || srvoptions FROM pg_user_mappings JOIN pg_foreign_server s ON s.oid = srvid"
        )
    told = dict(option.split("=", 1) for option in way)
    caller = {"database": "poor", "role": "nacre", "admin": True}
    args = {"sql": "SELECT current_database() AS database"}
    with psycopg.connect(
        host=told["host"], port=told["port"], user=told["user"], password=told["password"], dbname="poor",
        sslmode="require", autocommit=True,
    ) as connection:  # fmt: skip
        request = json.dumps({"fn": "explain_result", "args": args, "caller": caller})
        said = one(connection, "SELECT answer FROM public.call WHERE request = %s", request)
    assert "bank" in said and "poor" not in said


def test_what_is_missing_is_told_and_nothing_is_changed(house: House, server: Server) -> None:
    for dsn, code in (
        (server.dsn("ann", "poor"), "llm-not-allowed"),  # no postgres_fdw, which takes a superuser
        (server.dsn("clerk"), "llm-missing"),
        (server.dsn("ann", password="wrong"), "site-unreachable"),
        ("host=/var/run/postgresql user=ann", "bad-dsn"),
        ("host=127.0.0.1 sslkey=/etc/shadow", "bad-dsn"),
        ("what?", "bad-dsn"),
    ):
        with pytest.raises(NacreError) as refused:
            house.call("llm.install", name="poor", dsn=dsn)
        assert refused.value.code == code, f"{dsn}: {refused.value}"
    with pytest.raises(NacreError) as without_vector:
        house.call("llm.install", name="bank", dsn=server.dsn("ann"), compat=True)
    assert without_vector.value.code == "llm-missing" and "pgvector" in without_vector.value.message
    with server.connect("ann", "poor") as ann:
        found = ann.execute("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'llm%'").fetchone()
        assert found == (0,)
    assert [site["name"] for site in house.call("llm.site.list")] == ["bank"]


def test_where_a_superuser_installs_the_databases_owner_can_still_dump_it(server: Server) -> None:
    """As `nacre llm enable` does in branches on PostgreSQL before 18; run again, it changes nothing.

    Roles are the server's: those that ann made and is in would come into what a superuser gives them everywhere.
    """
    with server.connect("nacre", "poor") as connection:
        with pytest.raises(psycopg.Error, match="ann may act as it"), connection.transaction():
            put_in(connection, far=False)
        connection.execute("REVOKE llm_caller, llm_keeper, llm_reader, llm_worker FROM ann CASCADE")
    for expected in ("installed", "current"):
        with server.connect("nacre", "poor") as connection, connection.transaction():
            connection.execute("SET LOCAL search_path = pg_catalog")
            assert put_in(connection, far=False) == expected
    with server.connect("ann", "poor") as ann:
        with pytest.raises(psycopg.Error) as unreachable:
            ann.execute("SELECT llm.chat('hello')")
        assert unreachable.value.sqlstate == "LM011" and unreachable.value.diag.message_hint
        ann.execute("SELECT llm.session_create()")
    dumped = subprocess.run(
        [DEBIANS / "pg_dump", server.dsn("ann", "poor")], capture_output=True, text=True, timeout=60, check=False
    )
    assert dumped.returncode == 0, dumped.stderr
    assert "COPY llm.session" in dumped.stdout


def test_taken_out_nothing_of_it_is_left(house: House, server: Server) -> None:
    house.call("llm.uninstall", name="bank", dsn=server.dsn("nacre"))
    with server.connect("ann") as ann:
        assert one(ann, "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'llm%'") == 0
        assert one(ann, "SELECT count(*) FROM pg_foreign_server") == 0
    assert house.call("llm.site.list") == []


def test_branches_on_15_are_given_it_and_keep_it_through_rewinds(house: House) -> None:
    house.call("project.create", name="shop")
    assert house.call("llm.enable", ref="shop")["done"] == "installed"
    assert house.call("llm.enable", ref="shop")["done"] == "current"
    with pytest.raises(NacreError) as without_vector:
        house.call("llm.enable", ref="shop", compat=True)
    assert "nacre extension enable" in without_vector.value.hint
    house.call("extension.enable", ref="shop", extension="vector")
    assert house.call("llm.enable", ref="shop", compat=True)["done"] == "current"
    with house.connect("shop") as shop:
        assert one(shop, "SELECT pg_llm_chat('fake', 'hello')") == "You said: hello"
        shop.execute("CREATE TABLE docs (id int PRIMARY KEY, body text); INSERT INTO docs VALUES (1, 'a pearl')")
        shop.execute("SELECT llm.create_vectorizer('docs', ARRAY['body'])")
        in_step(shop)
    house.call("checkpoint", ref="shop", message="one")
    house.call("branch.create", ref="shop", name="try")
    for ref in ("shop", "shop:try"):
        with house.connect(ref, "shop") as branch:
            branch.execute("INSERT INTO docs VALUES (2, 'an oyster')")
            in_step(branch)
            assert branch.execute("SELECT key FROM llm.search('docs', 'shellfish', 1)").fetchone() == ([2],)
            assert one(branch, "SELECT llm.chat('there')") == "You said: there"
        assert house.call("llm.audit")[0]["site"] == {"shop": "shop:main"}.get(ref, ref)
    house.call("rewind", ref="shop", moment="one")
    with house.connect("shop") as shop:
        assert one(shop, "SELECT array_agg(chunk) FROM llm_data.docs") == ["a pearl"]
        shop.execute("UPDATE docs SET body = 'a shell'")
        in_step(shop)
        assert one(shop, "SELECT array_agg(chunk) FROM llm_data.docs") == ["a shell"]


def in_step(connection: "psycopg.Connection[Any]") -> None:
    eventually(lambda: one(connection, "SELECT state FROM llm.vectorizer_status('docs')") == "in step")
