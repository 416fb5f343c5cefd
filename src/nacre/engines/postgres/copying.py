"""Copies a database's schema, and of its rows as many as asked, into an empty one of another cluster."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any, Literal

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from nacre.core.errors import Conflict
from nacre.engines.postgres import commands
from nacre.engines.postgres.extensions import create_extension
from nacre.engines.postgres.installation import Installation
from nacre.engines.postgres.seat import Seat
from nacre.engines.postgres.session import connect
from nacre.engines.processes.command import CommandFailed, Sink, checked, run
from nacre.engines.processes.users import Account

Rows = Literal["all", "bookkeeping"]

BOOKKEEPING = (
    "django_migrations", "django_content_type", "auth_permission", "alembic_version", "knex_migrations",
    "knex_migrations_lock", "_prisma_migrations", "schema_migrations", "ar_internal_metadata", "flyway_schema_history",
    "__drizzle_migrations", "SequelizeMeta", "migrations", "goose_db_version", "databasechangelog",
    "databasechangeloglock", "pgmigrations", "_sqlx_migrations", "__EFMigrationsHistory", "typeorm_metadata",
)  # fmt: skip
"""Tables in which migration tools note what they have done (Django's two further ones are filled by its migrations)."""

_NAMES = (
    ("pg_namespace", "nspname"), ("pg_class", "relname"), ("pg_attribute", "attname"), ("pg_proc", "proname"),
    ("pg_type", "typname"), ("pg_constraint", "conname"), ("pg_trigger", "tgname"), ("pg_rewrite", "rulename"),
    ("pg_policy", "polname"), ("pg_collation", "collname"), ("pg_conversion", "conname"), ("pg_opclass", "opcname"),
    ("pg_opfamily", "opfname"), ("pg_ts_config", "cfgname"), ("pg_ts_dict", "dictname"), ("pg_ts_parser", "prsname"),
    ("pg_ts_template", "tmplname"), ("pg_event_trigger", "evtname"), ("pg_publication", "pubname"),
    ("pg_foreign_data_wrapper", "fdwname"), ("pg_foreign_server", "srvname"), ("pg_statistic_ext", "stxname"),
    ("pg_extension", "extname"), ("pg_language", "lanname"), ("pg_am", "amname"), ("pg_roles", "rolname"),
)  # fmt: skip
"""Where Postgres keeps the names that a dump mentions."""

_TIMEOUT_S = 3600.0
_EXTENSION_COMMENT = b"COMMENT ON EXTENSION "
_PLACES = {"PATH": "/usr/bin:/bin", "TZ": "UTC", "LC_ALL": "C"}


@dataclass(frozen=True)
class End:
    """A database, and whose it is."""

    seat: Seat
    role: str
    password: str
    database: str


def copy_database(
    installation: Installation,
    account: Account | None,
    source: End,
    target: End,
    target_admin: Connection[Any],
    rows: Rows,
) -> None:
    """Everything of `source` as one moment sees it, into the empty `target`: all or nothing.

    `bookkeeping` takes only the rows of tables in which migration tools keep what was done. `target_admin` is a
    superuser's connection to the target, which makes the extensions that only it may make. Raises Conflict
    "schema-not-copied" with Postgres's words.
    """
    with (
        tempfile.TemporaryFile() as script,
        connect(source.seat, user=source.role, password=source.password, database=source.database) as held,
    ):
        for name in _extensions(held):
            create_extension(target_admin, name)
        held.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        _require_plain_names(held)
        snapshot = str(held.execute("SELECT pg_export_snapshot()").fetchall()[0][0])
        tables = () if rows == "all" else _bookkeeping(held)
        dump = _Dump(installation, account, source, snapshot)
        dump.write("pre-data", (), _without_extension_comments(script))
        if rows == "all" or tables:
            dump.write("data", tables, _into(script))
        dump.write("post-data", (), _into(script))
        held.execute("ROLLBACK")
        script.seek(0)
        _read_in(installation, account, target, script)


@dataclass(frozen=True)
class _Dump:
    installation: Installation
    account: Account | None
    source: End
    snapshot: str

    def write(
        self,
        section: Literal["pre-data", "data", "post-data"],
        tables: Sequence[tuple[str, str]],
        sink: Sink,
    ) -> None:
        end = self.source
        argv = commands.pg_dump(self.installation, end.seat, end.role, end.database, section, self.snapshot, tables)
        try:
            checked(
                run(argv, timeout_s=_TIMEOUT_S, user=self.account, env=_environment(end), on_stdout=sink), "pg_dump"
            )
        except CommandFailed as error:
            raise _not_copied(error) from error


def _read_in(installation: Installation, account: Account | None, target: End, script: IO[bytes]) -> None:
    argv = commands.psql_script(installation, target.seat, target.role, target.database)
    try:
        checked(run(argv, timeout_s=_TIMEOUT_S, user=account, env=_environment(target), stdin=script), "psql")
    except CommandFailed as error:
        raise _not_copied(error) from error


def _into(script: IO[bytes]) -> Sink:
    def write(data: bytes) -> None:
        script.write(data)

    return write


def _without_extension_comments(script: IO[bytes]) -> Sink:
    """Extensions are the superuser's, who has made them already: nobody else may comment on them."""
    rest = bytearray()

    def write(data: bytes) -> None:
        rest.extend(data)
        whole, newline, last = bytes(rest).rpartition(b"\n")
        rest[:] = last
        lines = (whole + newline).splitlines(keepends=True)
        script.write(b"".join(line for line in lines if not line.startswith(_EXTENSION_COMMENT)))

    return write


def _extensions(connection: Connection[Any]) -> list[str]:
    return [row[0] for row in connection.execute("SELECT extname FROM pg_extension WHERE extname <> 'plpgsql'")]


def _require_plain_names(connection: Connection[Any]) -> None:
    """A name of several lines ends the comment in which pg_dump mentions it, and what follows psql may run as a command
    of its own, on this machine: that holds for releases before August 2025 (CVE-2025-8715)."""
    names = SQL(" UNION ALL ").join(
        SQL("SELECT {}::pg_catalog.text FROM pg_catalog.{}").format(Identifier(name), Identifier(table))
        for table, name in _NAMES
    )
    asked = SQL("SELECT n FROM ({}) AS known (n) WHERE n OPERATOR(pg_catalog.~) E'[\\n\\r]' LIMIT 1")
    found = connection.execute(asked.format(names)).fetchone()
    if found is not None:
        raise Conflict(
            "schema-not-copied",
            f"The schema of the branch could not be brought over: the name {found[0]!r} has more than one line.",
            hint="Give it another name in the branch, and publish again.",
        )


def _bookkeeping(connection: Connection[Any]) -> list[tuple[str, str]]:
    found = connection.execute(
        "SELECT schemaname, tablename FROM pg_tables WHERE tablename = ANY(%s) AND schemaname !~ '^pg_' "
        "AND has_table_privilege(format('%%I.%%I', schemaname, tablename), 'SELECT') ORDER BY 1, 2",
        [list(BOOKKEEPING)],
    )
    return [(schema, table) for schema, table in found]


def _environment(end: End) -> dict[str, str]:
    return {**_PLACES, "PGPASSWORD": end.password}


def _not_copied(error: CommandFailed) -> Conflict:
    return Conflict(
        "schema-not-copied",
        f"The schema of the branch could not be brought over: {error.message}",
        hint='Mend the branch, or begin with an empty database: [publish] seed = "empty" in nacre.toml.',
    )
