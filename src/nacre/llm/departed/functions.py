"""What the daemon tells when a branch is removed: the next one of its name must find nothing of it."""

import apsw
from pydantic import Field

from nacre.core.errors import NotAllowed
from nacre.llm.caller import Caller
from nacre.llm.desk import Desk
from nacre.llm.functions import Args, Json, function


class ForgetSiteArgs(Args):
    project: str = Field(min_length=1)
    branch: str = Field(min_length=1)
    whole_project: bool = False


@function("forget_site", admin=True)
async def forget_site(desk: Desk, caller: Caller, args: ForgetSiteArgs) -> Json:
    """→ {"was": the name under which its calls and its spending stay on record}"""
    if not caller.owns_home:
        raise NotAllowed("llm-not-allowed", "Only the daemon forgets branches.", hint="`nacre branch delete` does it.")
    site = f"{args.project}:{args.branch}"
    was = f"was {site} until {desk.clock():%Y-%m-%dT%H:%M:%S.%fZ}"

    def rename(connection: apsw.Connection) -> None:
        for table in ("request", "spend"):
            connection.execute(f"UPDATE {table} SET site = ? WHERE site = ?", (was, site))  # noqa: S608

    await desk.store.write(rename)
    if args.whole_project:
        await desk.models.forget(args.project)
        await desk.redactions.forget(args.project)
        await desk.answers.clear(args.project, None)
        await desk.store.write(lambda db: db.execute("DELETE FROM budget WHERE scope = ?", (args.project,)))
    desk.budgets.forget(args.project if args.whole_project else "")
    return {"was": was}
