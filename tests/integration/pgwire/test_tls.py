"""Over TLS: clients encrypt, prove their password, and bind the proof to the certificate they saw."""

import asyncio
import ssl

import asyncpg
import psycopg
import pytest

from nacre.engines.pgwire.errors import SqlError
from nacre.engines.pgwire.scram import Scram
from nacre.engines.postgres.provision import scram_verifier


def _over_tls(served, **more: str) -> str:
    words = {"host": "127.0.0.1", "port": served.tls_port, "user": "ada", "password": "right", "dbname": "any", **more}
    return psycopg.conninfo.make_conninfo(**words)


@pytest.mark.parametrize("binding", ["require", "prefer", "disable"])
def test_libpq_encrypts_and_binds(served, binding):
    with psycopg.connect(_over_tls(served, sslmode="require", channel_binding=binding)) as connection:
        assert connection.pgconn.ssl_in_use and served.echo.hellos[-1].encrypted
        text = "x" * 2_000_000
        assert connection.execute("SELECT answer FROM call WHERE request = %s", [text]).fetchone() == (f"ada: {text}",)


def test_a_wrong_password_and_a_missing_certificate_are_refused(served):
    with pytest.raises(psycopg.OperationalError, match="The name or the password is wrong"):
        psycopg.connect(_over_tls(served, sslmode="require", password="wrong"))
    with pytest.raises(psycopg.OperationalError, match="server does not support SSL"):
        psycopg.connect(_over_tls(served, sslmode="require", port=str(served.port)))
    with pytest.raises(psycopg.OperationalError, match="channel binding"):
        psycopg.connect(_over_tls(served, sslmode="disable", channel_binding="require"))


async def test_asyncpg_over_tls_and_its_pool(served):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    where = {"host": "127.0.0.1", "port": served.tls_port, "user": "ada", "password": "right", "database": "any"}
    async with asyncpg.create_pool(**where, ssl=context, min_size=2, max_size=4) as pool:
        asked = [pool.fetchval("SELECT answer FROM call WHERE request = $1", str(n)) for n in range(40)]
        assert await asyncio.gather(*asked) == [f"ada: {n}" for n in range(40)]
        assert await pool.fetchval("SELECT 1") == "1"


@pytest.mark.parametrize(
    ("mechanism", "header"),
    [
        ("SCRAM-SHA-256", "y,,"),  # whoever stands between took the offer to bind away
        ("SCRAM-SHA-256", "p=tls-server-end-point,,"),
        ("SCRAM-SHA-256-PLUS", "n,,"),
        ("SCRAM-SHA-256-PLUS", "p=tls-unique,,"),
        ("SCRAM-SHA-1", "n,,"),
    ],
)
def test_no_sign_in_is_talked_out_of_its_binding(mechanism: str, header: str) -> None:
    scram = Scram(scram_verifier("right", b"salt of sixteen."), b"end point")
    with pytest.raises(SqlError, match="does not follow"):
        scram.first(mechanism, f"{header}n=,r=abc".encode())
