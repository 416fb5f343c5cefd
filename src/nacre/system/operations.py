"""The verbs of the system as a whole: status, audit."""

from typing import Annotated

from pydantic import Field, RootModel

from nacre.core.audit import AuditEntry
from nacre.core.names import check_slug
from nacre.core.operations import Call, Cli, Effect, operation
from nacre.core.principals import Principal, Role
from nacre.system.status import Status, System


class NoInput(Call):
    pass


class ListAudit(Call):
    project: Annotated[str | None, Cli(), Field(description="Only what concerns this project.")] = None
    limit: Annotated[int, Cli(short="-n"), Field(ge=1, le=1000, description="How many entries, newest first.")] = 50
    before: Annotated[int | None, Cli(), Field(description="Only entries older than this number.")] = None


class AuditList(RootModel[list[AuditEntry]]):
    pass


@operation(
    "system.status", "GET /api/status", role=Role.VIEWER, effect=Effect.READ, verb="status", scoped_by_handler=True
)
def show_status(system: System, who: Principal, call: NoInput) -> Status:
    """Say whether the daemon and every branch are well, and what they use."""
    return system.status(who)


@operation("audit.list", "GET /api/audit", role=Role.ADMIN, effect=Effect.READ)
def list_audit(system: System, who: Principal, call: ListAudit) -> AuditList:
    """List who asked for what and what came of it, newest first.

    An outcome of “started” means that it still runs, or that the daemon died in it.
    """
    if call.project is not None:
        check_slug(call.project, "project")
    return AuditList(system.audit.entries(call.limit, call.project, call.before))
