"""The verbs of installing pg_llm: llm status, update, enable, install, uninstall, site list."""

from typing import Annotated

from pydantic import Field, RootModel, SecretStr

from nacre.core.names import Ref
from nacre.core.operations import Answer, Call, Cli, Effect, Private, operation
from nacre.core.principals import Principal, Role
from nacre.llm.client import Llm
from nacre.llm.installing.anywhere import Anywhere
from nacre.llm.installing.enabling import Enabling
from nacre.llm.installing.scripts import Done
from nacre.llm.installing.standing import Standings, State

_SITE = r"^[a-z][a-z0-9-]{0,38}$"
_HINT = "Its connection string, as a role that may create roles and schemas there."


class Enable(Call):
    ref: Annotated[Ref, Cli(positional=True), Field(description="Which branch.")]
    database: Annotated[
        str | None, Field(min_length=1, description="Which of its databases (none: the project's).")
    ] = None
    compat: Annotated[bool, Field(description="The functions pg_llm_* of the public pg_llm 1.1 as well.")] = False


class Install(Call):
    name: Annotated[
        str, Cli(positional=True), Field(pattern=_SITE, description="What the database is called here.",
                                         examples=["bank"]),
    ]  # fmt: skip
    dsn: Annotated[
        SecretStr, Private(), Field(description=_HINT, examples=["postgresql://ann:secret@127.0.0.1:1/bank"])
    ]
    address: Annotated[
        str | None,
        Field(pattern=r"^.+:\d{1,5}$", description="Where it reaches this Nacre, HOST:PORT (none: llm_listen).",
              examples=["nacre.example.org:5480"]),
    ] = None  # fmt: skip
    compat: Annotated[bool, Field(description="The functions pg_llm_* of the public pg_llm 1.1 as well.")] = False


class Uninstall(Call):
    name: Annotated[
        str, Cli(positional=True), Field(pattern=_SITE, description="What it is called.", examples=["bank"])
    ]
    dsn: Annotated[
        SecretStr | None, Private(), Field(description="Its connection string, to drop pg_llm there as well.")
    ] = None


class ListSites(Call):
    pass


class ShowStatus(Call):
    pass


class Update(Call):
    pass


class Enabled(Answer):
    """`done`: installed, upgraded, or current where there was nothing to do."""

    ref: str
    database: str
    done: Done


class Installed(Answer):
    """`missing`: what does not work yet, a sentence each."""

    name: str
    database: str
    done: Done
    missing: list[str]


class Uninstalled(Answer):
    name: str


class SiteShown(Answer):
    """`reader` and `worker`: whether questions and vectorizers can reach it."""

    name: str
    reader: bool
    worker: bool


class SiteList(RootModel[list[SiteShown]]):
    pass


class DatabaseShown(Answer):
    """`state`: current, behind (`nacre llm update` brings it on), ahead (of this Nacre), or unreachable."""

    ref: str
    database: str
    version: str
    state: State


class Status(RootModel[list[DatabaseShown]]):
    pass


class Updated(Answer):
    """`why` it was not updated, empty where it was; a database that was refused is as it was."""

    ref: str
    database: str
    before: str
    why: str


class UpdatedList(RootModel[list[Updated]]):
    pass


@operation("llm.status", "GET /api/llm/databases", role=Role.ADMIN, effect=Effect.READ)
def show_status(standings: Standings, who: Principal, call: ShowStatus) -> Status:
    """Show which version of pg_llm each database has, in the branches that run.

    One that is behind works as before; it lacks what is new. A branch that was rewound has the version of then.
    """
    return Status(
        [
            DatabaseShown(ref=str(each.ref), database=each.database, version=each.version, state=each.state)
            for each in standings.all()
        ]
    )


@operation("llm.update", "POST /api/llm/databases", role=Role.ADMIN, effect=Effect.WRITE)
def update(standings: Standings, who: Principal, call: Update) -> UpdatedList:
    """Bring pg_llm on, to the version that this Nacre has, in all databases of running branches that are behind.

    They may be in use. One in which somebody holds a table in a transaction, or whose views stand on what is dropped,
    is left as it is; `nacre rewind` undoes an update.
    """
    return UpdatedList(
        [
            Updated(ref=str(each.standing.ref), database=each.standing.database, before=each.standing.version,
                    why=each.why)
            for each in standings.bring_on()
        ]
    )  # fmt: skip


@operation("llm.enable", "POST /api/projects/{ref}/llm", role=Role.USER, effect=Effect.WRITE)
def enable(enabling: Enabling, who: Principal, call: Enable) -> Enabled:
    """Put pg_llm into a database of a branch, or bring it on to the version that this Nacre has.

    New projects have it from the start; this is for older ones, for databases of your own, and for PostgreSQL below 18.
    """
    done = enabling.enable(call.ref, call.database, with_compat=call.compat)
    return Enabled(ref=str(call.ref), database=call.database or call.ref.project, done=done)


@operation("llm.install", "POST /api/llm/sites", role=Role.ADMIN, effect=Effect.WRITE)
def install(anywhere: Anywhere, who: Principal, call: Install) -> Installed:
    """Put pg_llm into a PostgreSQL anywhere, 15 to 18, so that it asks models by way of this Nacre.

    It needs postgres_fdw there, and no superuser where that is installed. Run again, it brings all of it on. The
    connection string is asked for (`--dsn`), used once, and not kept.
    """
    dsn = call.dsn.get_secret_value()
    site = anywhere.install(who, call.name, dsn, call.address, with_compat=call.compat)
    return Installed(name=call.name, database=site.database, done=site.done, missing=list(site.missing))


@operation("llm.uninstall", "DELETE /api/llm/sites/{name}", role=Role.ADMIN, effect=Effect.DESTRUCTIVE)
def uninstall(anywhere: Anywhere, who: Principal, call: Uninstall) -> Uninstalled:
    """Shut a database elsewhere out, and with its connection string (`--dsn`) drop pg_llm and all its tables there."""
    anywhere.uninstall(who, call.name, None if call.dsn is None else call.dsn.get_secret_value())
    return Uninstalled(name=call.name)


@operation("llm.site.list", "GET /api/llm/sites", role=Role.ADMIN, effect=Effect.READ)
def list_sites(llm: Llm, who: Principal, call: ListSites) -> SiteList:
    """List the databases elsewhere that may ask models here."""
    return SiteList.model_validate(llm.call(who, "sites", {}))
