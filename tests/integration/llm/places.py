"""A bare PostgreSQL that reaches a side-car in this process, with people who come by password and are no superusers."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from tests.integration.llm.conftest import OWNER, call, configured
from tests.integration.llm.databases import Database
from tests.provider import Asked, FakeProvider

from nacre.core.clock import system_clock
from nacre.core.secrets import SecretBox
from nacre.engines.pgwire.backend import ByScram, Hello, Trusted
from nacre.engines.pgwire.server import Server
from nacre.llm.backend import Relations, Session
from nacre.llm.elsewhere.certificate import context_of, own
from nacre.llm.functions import load_all
from nacre.llm.installing.scripts import put_in
from nacre.llm.opening import open_desk
from nacre.llm.peers import Peer

PASSWORD = "a-password-of-the-site"
PEOPLE = """
    ALTER ROLE shop CREATEROLE PASSWORD 'shop';
    CREATE ROLE clerk LOGIN PASSWORD 'clerk'
"""
_FDW = "CREATE EXTENSION postgres_fdw; GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO shop"


@dataclass(frozen=True)
class Place:
    """A database in which pg_llm is installed, with the provider that its side-car asks."""

    db: Database
    provider: FakeProvider

    def dsn(self, who: str) -> str:
        return f"postgresql://{who}:{who}@127.0.0.1:{self.db.seat.port}/shop"

    def connect(self, who: str = "shop") -> "psycopg.Connection[Any]":
        return psycopg.connect(self.dsn(who), autocommit=True)


class Trusting(Relations):
    """Takes who comes by the socket for the site: a bare server is no branch, as which it would be known."""

    async def admit(self, hello: Hello) -> Trusted[Session] | ByScram[Session]:
        if hello.peer is None:
            return await super().admit(hello)
        return Trusted(Session(Peer("elsewhere/bank"), hello.database, hello.application))


@contextmanager
def side_car(db: Database, provider: FakeProvider, **more: Any) -> Iterator[tuple[Path, int]]:
    """In a thread of its own, with the model `fake`; its socket's folder, and its port for those elsewhere.

    `more`: of its configuration.
    """
    loop = asyncio.new_event_loop()
    ready, ending = threading.Event(), asyncio.Event()
    home = db.seat.socket_dir.parent / "models"
    home.mkdir(0o711)
    by_socket = socket.socket(socket.AF_UNIX)
    by_socket.bind(str(home / ".s.PGSQL.5432"))
    (home / ".s.PGSQL.5432").chmod(0o777)
    by_port = socket.create_server(("127.0.0.1", 0))

    async def serve() -> None:
        load_all()
        desk = await open_desk(configured(home, **more), SecretBox(home / "secret.key"), system_clock)
        await call(desk, OWNER, "add_model", name="fake", provider="openai", model="fake-large", key="the-key",
                   base_url=provider.base_url, default=True)  # fmt: skip
        await call(desk, OWNER, "add_site", name="bank", password=PASSWORD, reader=db.conninfo("llm_reader"),
                   worker=db.conninfo("llm_worker"))  # fmt: skip
        server = Server(Trusting(desk, configured(home, **more)))
        certificate = own(home, "127.0.0.1", system_clock)
        await server.serve(by_socket)
        await server.serve(by_port, context_of(certificate), certificate.der)
        ready.set()
        await ending.wait()
        await server.close()
        await desk.close()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    try:
        assert ready.wait(30)
        yield home, int(by_port.getsockname()[1])
    finally:
        loop.call_soon_threadsafe(ending.set)
        thread.join(30)
        loop.close()


def install(place: Place, folder: Path, port: int) -> None:
    """On 15 as `nacre llm install`, by the database's owner, to come by TLS, which the PostgreSQL of Nacre is built
    without; there as `nacre llm enable`, by a superuser, to come by the socket.
    """
    far = place.db.cluster.installation.major == 15
    if far:
        place.db.sql(_FDW, role="nacre")
    told = {"host": "127.0.0.1", "port": str(port), "site": "bank", "password": PASSWORD, "llm_socket": str(folder)}
    with place.connect() if far else place.db.connect() as connection, connection.transaction():
        for name, value in told.items():
            connection.execute("SELECT set_config(%s, %s, true)", [f"nacre.{name}", value])
        connection.execute("SET LOCAL search_path = pg_catalog")
        assert put_in(connection, far=far) == "installed"


def plainly(asked: Asked) -> Any:
    """What fits the schema that is asked for, or the prompt again."""
    return f"You said: {asked.last}" if asked.schema is None else fitting(asked.schema)


def fitting(schema: Any) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            return {name: fitting(each) for name, each in schema.get("properties", {}).items()}
        case "array":
            return [fitting(schema["items"])]
        case "number" | "integer":
            return 7
        case "boolean":
            return True
        case _:
            return "text"


def one(connection: "psycopg.Connection[Any]", sql: str, *values: Any) -> Any:
    row = connection.execute(sql.encode(), values or None).fetchone()
    return None if row is None else row[0]
