"""The verbs of SQL: sql and its history, extension enable."""

from typing import Annotated

from pydantic import Field, RootModel

from nacre.core.names import Ref
from nacre.core.operations import Answer, Call, Cli, Effect, Private, operation
from nacre.core.principals import Principal, Role
from nacre.queries import table_operations  # noqa: F401  (declares the verbs of tables)
from nacre.queries.queries import ExtensionEnabled, ExtensionListed, Queries, Rows
from nacre.queries.sqlhistory import SqlHistory, SqlRan
from nacre.queries.statements import operations  # noqa: F401  (declares the verbs of slow statements)


class RunSql(Call):
    ref: Annotated[Ref, Cli(positional=True), Field(description="A branch: `shop` (its main) or `shop:try-x`.")]
    command: Annotated[
        str, Cli(short="-c"), Private(), Field(description="The SQL; several statements are one transaction.")
    ]
    database: Annotated[str | None, Cli(short="-d"), Field(description="The database (default: the project's).")] = None
    at: Annotated[str | None, Field(description="A moment of the past to ask instead of the present.")] = None
    max_rows: Annotated[int, Field(ge=1, le=100_000, description="At most this many rows of the result.")] = 10_000
    timeout: Annotated[float, Field(gt=0, le=3600, description="Seconds until the statement is cancelled.")] = 60.0


class EnableExtension(Call):
    ref: Annotated[Ref, Cli(positional=True), Field(description="A branch: `shop` (its main) or `shop:try-x`.")]
    extension: Annotated[str, Cli(positional=True), Field(description="For example vector or pg_stat_statements.")]
    database: Annotated[str | None, Cli(short="-d"), Field(description="The database (default: the project's).")] = None


class ListExtensions(Call):
    ref: Annotated[Ref, Cli(positional=True), Field(description="A branch: `shop` (its main) or `shop:try-x`.")]
    database: Annotated[str | None, Cli(short="-d"), Field(description="The database (default: the project's).")] = None
    at: Annotated[str | None, Field(description="A moment of the past (default: now).")] = None


class RecallSql(Call):
    ref: Annotated[Ref, Cli(positional=True), Field(description="A branch: `shop` (its main) or `shop:try-x`.")]
    limit: Annotated[int, Field(ge=1, le=500, description="At most this many, the newest first.")] = 100
    before: Annotated[int | None, Field(ge=1, lt=1 << 63, description="Only those older than this one's id.")] = None


class ForgetSql(Call):
    ref: Annotated[Ref, Cli(positional=True), Field(description="A branch: `shop` (its main) or `shop:try-x`.")]


class SqlList(RootModel[list[SqlRan]]):
    pass


class ExtensionList(RootModel[list[ExtensionListed]]):
    pass


class SqlForgotten(Answer):
    forgotten: int


@operation(
    "sql.run", "POST /api/projects/{ref}/sql", role=Role.USER, effect=Effect.WRITE, verb="sql", long=True,
    first_class=True,
)  # fmt: skip
def run_sql(queries: Queries, who: Principal, call: RunSql) -> Rows:
    """Run SQL on a branch, or with `at` on its database as it was at a moment, without changing the present."""
    return queries.run(who, call.ref, call.command, call.database, call.at, call.max_rows, call.timeout)


@operation("extension.enable", "POST /api/projects/{ref}/extensions", role=Role.USER, effect=Effect.WRITE)
def enable_extension(queries: Queries, who: Principal, call: EnableExtension) -> ExtensionEnabled:
    """Enable an extension that needs a superuser, such as pgvector; unsafe ones are refused with the reason."""
    return queries.enable_extension(call.ref, call.extension, call.database)


@operation("extension.list", "GET /api/projects/{ref}/extensions", role=Role.VIEWER, effect=Effect.READ)
def list_extensions(queries: Queries, who: Principal, call: ListExtensions) -> ExtensionList:
    """List the extensions that a database has, and those it could have."""
    return ExtensionList(queries.extensions(call.ref, call.database, call.at))


@operation("sql.history", "GET /api/projects/{ref}/sql/history", role=Role.USER, effect=Effect.READ, verb="history sql")
def recall_sql(history: SqlHistory, who: Principal, call: RecallSql) -> SqlList:
    """List what you ran as SQL on a branch, newest first.

    Each person sees only their own, and only the newest 500 are kept, encrypted.
    """
    return SqlList(history.listing(who, call.ref, call.limit, call.before))


@operation(
    "sql.forget",
    "DELETE /api/projects/{ref}/sql/history",
    role=Role.USER,
    effect=Effect.DESTRUCTIVE,
    verb="history forget-sql",
)
def forget_sql(history: SqlHistory, who: Principal, call: ForgetSql) -> SqlForgotten:
    """Strike out all that you ran as SQL on a branch."""
    return SqlForgotten(forgotten=history.forget(who, call.ref))
