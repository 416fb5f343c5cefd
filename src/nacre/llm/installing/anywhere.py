"""Installs pg_llm in a PostgreSQL anywhere, and makes it known to the side-car as a site; takes it out again."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier

from nacre.core.errors import Conflict, InvalidInput, NotAllowed, Unavailable
from nacre.core.principals import Principal
from nacre.core.secrets import SecretBox, new_password
from nacre.engines.postgres.installation import NEWEST, OLDEST
from nacre.engines.postgres.provision import set_password
from nacre.llm.client import Llm
from nacre.llm.installing.scripts import Done, put_in, put_in_compat, refused, take_out

_CONNECT_S = 10
_ROLES = ("llm_reader", "llm_worker")
_UNDERSTOOD = frozenset(
    {"host", "hostaddr", "port", "dbname", "user", "password", "sslmode", "channel_binding", "connect_timeout"}
)
"""What a connection string may say: nothing that names files or sockets of this machine."""

_WHAT_IS_THERE = """
    SELECT r.rolsuper, r.rolsuper OR r.rolcreaterole,
        pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'),
        EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'postgres_fdw'),
        EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'postgres_fdw'),
        EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'vector')
    FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
"""


@dataclass(frozen=True)
class Site:
    """`missing`: what does not work there yet, a sentence each; nothing where all does."""

    database: str
    done: Done
    missing: tuple[str, ...]


class Anywhere:
    """`address`, HOST:PORT, is where the side-car is listened for from elsewhere; empty where it is not."""

    def __init__(self, llm: Llm, box: SecretBox, address: str) -> None:
        self._llm = llm
        self._box = box
        self._address = address

    def install(self, who: Principal, site: str, conninfo: str, address: str | None, *, with_compat: bool) -> Site:
        """Install or bring on pg_llm where `conninfo` leads, to call this Nacre at `address` as `site`.

        `with_compat`: the functions of pg_llm 1.1 as well; where they are, they are brought on.

        Raises InvalidInput "bad-dsn", Conflict "llm-not-listening", "llm-schema-taken" and "llm-missing", Unavailable
        "site-unreachable", NotAllowed "llm-not-allowed" with what Postgres refused.
        """
        host, port = _parts(address or self._address)
        told = _understood(conninfo)
        password = new_password()
        with _connected(told) as connection, connection.transaction():
            missing = _missing(connection)
            place = f"{connection.info.host}:{connection.info.port}"
            passwords = {role: self._password(role, place) for role in _ROLES}
            _tell(connection, {"host": host, "port": port, "site": site, "password": password})
            done = put_in(connection, far=True)
            put_in_compat(connection, wanted=with_compat)
            for role in _ROLES:
                set_password(connection, role, passwords[role])
                _let_in(connection, role)
            database = connection.info.dbname
            back = {role: make_conninfo("", **{**told, "user": role, "password": passwords[role]}) for role in _ROLES}
            # Last, so that nothing is known of a site where Postgres refused something.
            self._llm.call(who, "add_site", {
                "name": site, "password": password, "reader": back["llm_reader"], "worker": back["llm_worker"],
            })  # fmt: skip
        return Site(database, done, (*missing, *_tried(told, back)))

    def uninstall(self, who: Principal, site: str, conninfo: str | None) -> None:
        """Shut a site out, and take pg_llm out of its database where `conninfo` leads there.

        Raises as `install`, and NotFound "site-not-found".
        """
        if conninfo is not None:
            with _connected(_understood(conninfo)) as connection, connection.transaction():
                take_out(connection)
        self._llm.call(who, "remove_site", {"name": site})

    def _password(self, role: str, place: str) -> str:
        """The same for all databases of a server, since roles are the server's."""
        return hashlib.sha256(self._box.derived(f"site {role} {place}").encode()).hexdigest()


def _parts(address: str) -> tuple[str, str]:
    host, _, port = address.rpartition(":")
    if not port.isdigit() or host.strip("[]") in ("", "0.0.0.0", "::"):  # noqa: S104
        raise Conflict(
            "llm-not-listening",
            f"Databases elsewhere cannot be told where to call: {address or 'nothing is listened on for them'}.",
            hint="Set llm_listen in nacre.toml, as 192.0.2.1:5480, restart, and say --address where that is a name or "
            "another address for them.",
        )
    return host.strip("[]"), port


def _understood(conninfo: str) -> dict[str, Any]:
    """What a connection string says. It is written by an admin of Nacre, but read with the daemon's rights."""
    try:
        told = conninfo_to_dict(conninfo)
    except psycopg.Error:
        raise InvalidInput(
            "bad-dsn", "That is no connection string.", hint="postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
        ) from None
    if unknown := sorted(told.keys() - _UNDERSTOOD):
        raise InvalidInput(
            "bad-dsn", f"A connection string may not say {', '.join(unknown)} here.",
            hint=f"It may say {', '.join(sorted(_UNDERSTOOD))}.",
        )  # fmt: skip
    host = str(told.get("host", ""))
    if not host or host.startswith(("/", "@")) or "," in host:
        raise InvalidInput("bad-dsn", "The connection string must name one host.", hint="Not a folder, nor several.")
    return told


@contextmanager
def _connected(told: dict[str, Any]) -> Iterator[Connection[Any]]:
    try:
        connection = psycopg.connect(
            "", **{"connect_timeout": _CONNECT_S, **told}, autocommit=True, application_name="nacre",
            options="-c search_path=pg_catalog", client_encoding="utf8",
        )  # fmt: skip
    except psycopg.OperationalError as error:
        raise Unavailable(
            "site-unreachable", f"The database does not let us in: {error}".strip(), hint="Check the connection string."
        ) from error
    try:
        with connection:
            yield connection
    except psycopg.errors.InsufficientPrivilege as error:
        raise NotAllowed(
            "llm-not-allowed",
            f"Postgres refused a step, and nothing was changed: {error.diag.message_primary}.",
            hint="Sign in as the database's owner with CREATEROLE, or as a superuser.",
        ) from error
    except psycopg.Error as error:
        raise refused(error) or Conflict(
            "llm-missing", f"Postgres refused a step, and nothing was changed: {error.diag.message_primary or error}."
        ) from error


def _missing(connection: Connection[Any]) -> tuple[str, ...]:
    """Make postgres_fdw where that can be; what would be good to have; raises for what there must be."""
    major = connection.info.server_version // 10_000
    row = connection.execute(_WHAT_IS_THERE).fetchone()
    assert row is not None
    superuser, makes_roles, creates, offers_fdw, has_fdw, has_vector = row
    lacking = []
    if not OLDEST <= major <= NEWEST:
        lacking.append(f"it is PostgreSQL {major}, and {OLDEST} to {NEWEST} are supported")
    if not makes_roles:
        lacking.append("the role may not create roles (CREATEROLE)")
    if not creates:
        lacking.append("the role may not create schemas (CREATE on the database)")
    if not offers_fdw:
        lacking.append("postgres_fdw is not on the server (install its contrib package)")
    if lacking:
        raise Conflict("llm-missing", f"pg_llm cannot be installed there: {'; '.join(lacking)}.")
    if not has_fdw:
        connection.execute("CREATE EXTENSION postgres_fdw SCHEMA public")
    said = () if has_vector else ("pgvector is missing: embeddings are arrays, and there are no vectorizers.",)
    return said if superuser else (*said, "Without a superuser, tables with row-level security take no vectorizer.")


def _tell(connection: Connection[Any], values: dict[str, str]) -> None:
    for name, value in values.items():
        connection.execute("SELECT pg_catalog.set_config(%s, %s, true)", [f"nacre.{name}", value])


def _let_in(connection: Connection[Any], role: str) -> None:
    connection.execute(
        SQL("GRANT CONNECT ON DATABASE {} TO {}").format(Identifier(connection.info.dbname), Identifier(role))
    )


def _tried(told: dict[str, Any], back: dict[str, str]) -> list[str]:
    """Whether the database reaches us, and whether we reach it as each of our roles; a sentence for what fails."""
    said = []
    try:
        with psycopg.connect("", **told) as connection:
            connection.execute("SELECT llm_private.call('models')")
    except psycopg.Error as error:
        why = error.diag.message_detail or error.diag.message_primary or str(error)
        said.append(f"The database does not reach this Nacre yet: {why}".strip())
    for role, conninfo in back.items():
        try:
            psycopg.connect(conninfo, connect_timeout=_CONNECT_S).close()
        except psycopg.Error as error:
            said.append(f"{role} is not let in, which questions and vectorizers need: {error}".strip())
    return said
