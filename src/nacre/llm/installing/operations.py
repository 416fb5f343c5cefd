"""The verbs of installing pg_llm: llm enable, install, uninstall, site list."""

from typing import Annotated

from pydantic import Field, RootModel, SecretStr

from nacre.core.names import Ref
from nacre.core.operations import Answer, Call, Cli, Effect, Private, operation
from nacre.core.principals import Principal, Role
from nacre.llm.client import Llm
from nacre.llm.installing.anywhere import Anywhere
from nacre.llm.installing.enabling import Enabling
from nacre.llm.installing.scripts import Done

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
