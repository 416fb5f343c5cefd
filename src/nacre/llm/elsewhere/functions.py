"""The functions of sites elsewhere: which there are, letting one in, shutting it out. For the daemon alone."""

import apsw
from pydantic import Field

from nacre.core.errors import NotAllowed, NotFound
from nacre.llm.caller import Caller
from nacre.llm.desk import Desk
from nacre.llm.elsewhere.verifier import verifier_of
from nacre.llm.functions import Args, Json, function
from nacre.llm.sites import ELSEWHERE

_NAME = r"^[a-z][a-z0-9-]{0,38}$"


class NoArgs(Args):
    pass


class AddSiteArgs(Args):
    """`reader` and `worker` are connection strings for its roles llm_reader and llm_worker."""

    name: str = Field(pattern=_NAME)
    password: str = Field(min_length=16, max_length=200, pattern=r"^[!-~]+$", repr=False)
    reader: str | None = Field(None, repr=False)
    worker: str | None = Field(None, repr=False)


class RemoveSiteArgs(Args):
    name: str


@function("sites", admin=True)
async def sites(desk: Desk, caller: Caller, args: NoArgs) -> Json:
    """→ the sites elsewhere that may call in; no secret of theirs"""
    _refuse_databases(caller)
    rows = desk.store.read("SELECT name, reader IS NOT NULL, worker IS NOT NULL FROM site ORDER BY name")
    return [
        {"name": name.removeprefix(ELSEWHERE), "reader": bool(reader), "worker": bool(worker)}
        for name, reader, worker in rows
    ]


@function("add_site", admin=True)
async def add_site(desk: Desk, caller: Caller, args: AddSiteArgs) -> Json:
    """→ {"name", "user"}: it signs in as that user, by TLS; one of that name is replaced"""
    _refuse_databases(caller)
    site = f"{ELSEWHERE}{args.name}"
    reader, worker = (
        desk.sites.sealed(site, "llm_reader", args.reader),
        desk.sites.sealed(site, "llm_worker", args.worker),
    )
    values = (site, verifier_of(args.password), reader, worker, desk.clock().timestamp())

    def work(connection: apsw.Connection) -> None:
        connection.execute("INSERT OR REPLACE INTO site VALUES (?, ?, ?, ?, ?)", values)

    await desk.store.write(work)
    return {"name": args.name, "user": args.name}


@function("remove_site", admin=True)
async def remove_site(desk: Desk, caller: Caller, args: RemoveSiteArgs) -> Json:
    """→ {"removed": name}; whoever is signed in is answered no more"""
    _refuse_databases(caller)
    site = f"{ELSEWHERE}{args.name}"

    def work(connection: apsw.Connection) -> int:
        connection.execute("DELETE FROM site WHERE name = ?", (site,))
        return connection.changes()

    if not await desk.store.write(work):
        raise NotFound("site-not-found", f"No site “{args.name}” is known.", hint="`nacre llm install` makes one.")
    await desk.sites.forget(site)
    return {"removed": args.name}


def _refuse_databases(caller: Caller) -> None:
    if not caller.owns_home:
        raise NotAllowed(
            "llm-not-allowed", "Which sites may call in is for admins of this Nacre.", hint="Use `nacre llm install`."
        )
