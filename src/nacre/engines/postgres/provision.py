"""Gives a person a role and a database of their own in a cluster, and sets passwords; safe to run again and again."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier, Literal

from nacre.engines.postgres.commands import SUPERUSER

MEMBERSHIPS = (
    "pg_monitor",
    "pg_signal_backend",
    "pg_read_all_settings",
    "pg_read_all_stats",
    "pg_checkpoint",  # 15
    "pg_maintain",  # 17
)
"""Predefined roles a person gets where the version has them. None of them reads or writes server files, runs programs
or reads other people's tables: COPY … PROGRAM would run as the operating system user that all clusters share."""


def ensure_role(connection: Connection[Any], role: str, password: str) -> None:
    """A role that may sign in, create databases and roles, and watch and maintain its cluster; not a superuser.

    `connection` is a superuser's, in autocommit. Raises psycopg errors only for a broken connection.
    """
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    if known is None:
        connection.execute(SQL("CREATE ROLE {}").format(Identifier(role)))
    # Before 16, CREATEROLE may hand itself pg_execute_server_program: programs as the shared operating system user.
    create_role = SQL("CREATEROLE") if connection.info.server_version >= 160000 else SQL("NOCREATEROLE")
    connection.execute(
        SQL("ALTER ROLE {} LOGIN NOSUPERUSER NOREPLICATION NOBYPASSRLS CREATEDB {}").format(
            Identifier(role), create_role
        )
    )
    set_password(connection, role, password)
    for group in _memberships(connection):
        connection.execute(SQL("GRANT {} TO {}").format(Identifier(group), Identifier(role)))


def ensure_database(connection: Connection[Any], database: str, owner: str) -> None:
    """A database that belongs to `owner`, into which nobody else may connect but by the owner's grant."""
    known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
    if known is None:
        connection.execute(SQL("CREATE DATABASE {} OWNER {}").format(Identifier(database), Identifier(owner)))
    connection.execute(SQL("ALTER DATABASE {} OWNER TO {}").format(Identifier(database), Identifier(owner)))
    connection.execute(SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(Identifier(database)))


def furnish(connection: Connection[Any], owner: str, extensions: Sequence[str]) -> None:
    """Give a new database of `owner` the extensions that all have, as its owner's own, as far as they are there.

    `connection` is a superuser's, to that database.
    """
    there = connection.execute("SELECT name FROM pg_available_extensions WHERE name = ANY(%s)", [[*extensions]])
    for (name,) in there.fetchall():
        with connection.transaction():
            connection.execute(SQL("SET LOCAL ROLE {}").format(Identifier(owner)))
            connection.execute(SQL("CREATE EXTENSION IF NOT EXISTS {} SCHEMA public").format(Identifier(name)))


def set_password(connection: Connection[Any], role: str, password: str) -> None:
    """Set a role's password; only its scram verifier is sent, so the word itself reaches no log and no statistics."""
    connection.execute(
        SQL("ALTER ROLE {} PASSWORD {}").format(Identifier(role), Literal(scram_verifier(password, _salt())))
    )


def set_superuser_password(connection: Connection[Any], password: str) -> None:
    """Set the daemon's own password: a recovered cluster still has the one of the moment it was brought back to."""
    set_password(connection, SUPERUSER, password)


def scram_verifier(password: str, salt: bytes, iterations: int = 4096) -> str:
    """The SCRAM-SHA-256 verifier PostgreSQL stores for `password` (RFC 5802; pg_authid.rolpassword).

    For ASCII passwords, which ours are: others would need SASLprep first.
    """
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    stored_key = hashlib.sha256(client_key).digest()
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256${iterations}:{_base64(salt)}${_base64(stored_key)}:{_base64(server_key)}"


def _memberships(connection: Connection[Any]) -> list[str]:
    rows = connection.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [list(MEMBERSHIPS)]).fetchall()
    return sorted(row[0] for row in rows)


def _salt() -> bytes:
    return secrets.token_bytes(16)


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
