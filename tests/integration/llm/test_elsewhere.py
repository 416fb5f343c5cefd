"""Databases elsewhere: they come by TLS with a password of their own, as themselves, whatever they say."""

import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.integration.llm.conftest import OWNER, call, configured

from nacre.core.clock import system_clock
from nacre.core.errors import NacreError
from nacre.engines.pgwire.backend import ByScram, Hello
from nacre.engines.pgwire.server import Server
from nacre.llm.backend import Relations
from nacre.llm.desk import Desk
from nacre.llm.elsewhere.certificate import context_of, own

PASSWORD = "a-password-of-their-own"


@pytest.fixture
async def port(desk: Desk, tmp_path: Path) -> AsyncIterator[int]:
    await call(desk, OWNER, "add_site", name="bank", password=PASSWORD, reader="host=/nowhere")
    listening = socket.create_server(("127.0.0.1", 0))
    server = Server(Relations(desk, configured(tmp_path)))
    await server.serve(listening, context_of(own(tmp_path, "127.0.0.1", system_clock)))
    yield listening.getsockname()[1]
    await server.close()


async def asked(port: int, trusted: Path, fn: str, *, caller: dict[str, Any] | None = None, **how: Any) -> Any:
    options = {"user": "bank", "password": PASSWORD, "sslmode": "verify-full",
               "sslrootcert": str(trusted / "models.crt")} | how  # fmt: skip
    request = json.dumps({"fn": fn, "caller": caller or {}})
    async with await psycopg.AsyncConnection.connect(
        host="127.0.0.1", port=port, dbname="accounts", autocommit=True, **options
    ) as connection:
        row = await (
            await connection.execute("SELECT answer FROM public.call WHERE request = %s", (request,))
        ).fetchone()
        assert row is not None
        return json.loads(row[0])


async def test_a_site_is_itself_whatever_it_says(desk: Desk, port: int, tmp_path: Path) -> None:
    lies = {"branch": "shop:main", "person": "owner", "admin": True, "role": "teller"}
    assert await asked(port, tmp_path, "audit", caller=lies) == []
    assert await asked(port, tmp_path, "metrics", caller=lies) == []
    with pytest.raises(psycopg.Error) as refused:
        await asked(port, tmp_path, "sites", caller=lies)
    assert refused.value.sqlstate == "LM013"
    shown = json.dumps(await call(desk, OWNER, "sites"))
    assert json.loads(shown) == [{"name": "bank", "reader": True, "worker": False}]
    stored = json.dumps(desk.store.read("SELECT * FROM site"))
    assert PASSWORD not in stored and "nowhere" not in stored


@pytest.mark.parametrize("how", [{"password": "wrong-one-wrong-one"}, {"user": "nobody"}, {"sslmode": "disable"}])
async def test_nobody_else_comes_in(port: int, tmp_path: Path, how: dict[str, Any]) -> None:
    with pytest.raises(psycopg.OperationalError):
        await asked(port, tmp_path, "models", **how)


async def test_a_name_that_nobody_has_is_asked_for_a_password_like_any_other(desk: Desk, tmp_path: Path) -> None:
    """What it is asked by must not tell which names there are: a salt of its own, and the same each time."""
    relations = Relations(desk, configured(tmp_path))

    async def asked_by(user: str) -> str:
        admission = await relations.admit(Hello(user, "a", "", {}, None, encrypted=True))
        assert isinstance(admission, ByScram)
        return admission.verifier.partition("$")[2].partition("$")[0]

    assert await asked_by("nobody") == await asked_by("nobody") != await asked_by("somebody")
    assert "AAAAAAAA" not in await asked_by("nobody")


async def test_a_site_that_is_removed_is_answered_no_more(desk: Desk, port: int, tmp_path: Path) -> None:
    async with await psycopg.AsyncConnection.connect(
        host="127.0.0.1", port=port, user="bank", password=PASSWORD, dbname="a", sslmode="require", autocommit=True
    ) as connection:
        models = "SELECT answer FROM public.call WHERE request = %s", (json.dumps({"fn": "models", "caller": {}}),)
        await connection.execute(*models)
        await call(desk, OWNER, "remove_site", name="bank")
        with pytest.raises(psycopg.Error) as shut_out:
            await connection.execute(*models)
        assert shut_out.value.sqlstate == "28000"
    with pytest.raises(psycopg.OperationalError):
        await asked(port, tmp_path, "models")
    with pytest.raises(NacreError) as unknown:
        await call(desk, OWNER, "remove_site", name="bank")
    assert unknown.value.code == "site-not-found"
