"""The verbs of the system as a whole: status, audit, logs, settings, doctor."""

from typing import Annotated, Literal

from pydantic import Field, RootModel

from nacre.core.audit import AuditEntry
from nacre.core.names import check_slug
from nacre.core.operations import Answer, Call, Cli, Effect, Stream, operation
from nacre.core.principals import Principal, Role
from nacre.core.progress import say
from nacre.system.copies import Copies
from nacre.system.doctor.check import Finding
from nacre.system.doctor.run import run_checks
from nacre.system.exposure.exposure import Exposure
from nacre.system.exposure.listening import Listening
from nacre.system.logs import LogEnd, Logs
from nacre.system.status import Status, System


class NoInput(Call):
    pass


class ListAudit(Call):
    project: Annotated[str | None, Cli(), Field(description="Only what concerns this project.")] = None
    who: Annotated[
        str | None, Cli(), Field(description="Only this caller: ann, or person:ann apart from an agent of that name.")
    ] = None
    operation: Annotated[
        str | None, Cli(), Field(description="Only this operation, or all that begin so: branch, sign-in.")
    ] = None
    outcome: Annotated[
        Literal["started", "done", "refused", "failed"] | None, Cli(), Field(description="Only what came out so.")
    ] = None
    limit: Annotated[int, Cli(short="-n"), Field(ge=1, le=1000, description="How many entries, newest first.")] = 50
    before: Annotated[int | None, Cli(), Field(description="Only entries older than this number.")] = None


class AuditList(RootModel[list[AuditEntry]]):
    pass


class ReadLog(Call):
    name: Annotated[str, Cli(positional=True), Field(description="Which log.", examples=["daemon"])]
    lines: Annotated[int, Cli(short="-n"), Field(ge=0, le=5000, description="How many lines of its end.")] = 200
    follow: Annotated[bool, Cli(short="-f"), Field(description="Go on with what is added, until you stop.")] = False


class SettingShown(Answer):
    """`changed` tells that it is not the default."""

    name: str
    value: str
    changed: bool
    description: str


class SettingList(RootModel[list[SettingShown]]):
    pass


class PortList(RootModel[list[Listening]]):
    pass


class FindingList(RootModel[list[Finding]]):
    pass


@operation(
    "system.status", "GET /api/status", role=Role.VIEWER, effect=Effect.READ, verb="status", scoped_by_handler=True
)
def show_status(system: System, who: Principal, call: NoInput) -> Status:
    """Say whether the daemon, every branch and every workspace that runs are well, and what they use."""
    return system.status(who)


@operation("system.backup", "GET /api/system/database", role=Role.OWNER, effect=Effect.READ)
def back_up(copies: Copies, who: Principal, call: NoInput) -> Stream:
    """Give out a copy of data.db: accounts, projects, the audit, and all knowledge, of one moment.

    Everything goes on meanwhile. Databases and files of projects are not in it, nor secret.key, without which
    passwords in it cannot be read.
    """
    return copies.database()


@operation("audit.list", "GET /api/audit", role=Role.ADMIN, effect=Effect.READ)
def list_audit(system: System, who: Principal, call: ListAudit) -> AuditList:
    """List who asked for what and what came of it, newest first.

    An outcome of “started” means that it still runs, or that the daemon died in it.
    """
    if call.project is not None:
        check_slug(call.project, "project")
    entries = system.audit.entries(
        call.limit, call.project, call.before, who=call.who, operation=call.operation, outcome=call.outcome
    )
    return AuditList(entries)


@operation("system.logs", "GET /api/logs/{name}", role=Role.ADMIN, effect=Effect.READ, long=True)
def read_log(logs: Logs, who: Principal, call: ReadLog) -> LogEnd:
    """Show the end of one of Nacre's own logs, and with `follow` what is added to it."""
    end = logs.end_of(call.name, call.lines)
    if call.follow:
        say("".join(f"{line}\n" for line in end.lines).encode())
        logs.follow(call.name)
    return end


@operation("port.list", "GET /api/ports", role=Role.VIEWER, effect=Effect.READ, verb="ports", scoped_by_handler=True)
def list_ports(exposure: Exposure, who: Principal, call: NoInput) -> PortList:
    """List everything that listens here: who may reach it, what it asks of them, and whether that is as configured.

    It is read from the machine, not from what should be: a socket of Nacre's that nothing accounts for, or that reaches
    further than it is meant to, comes first. Admins see all of it, others what belongs to their projects.
    """
    return PortList(exposure.table(who))


@operation("system.settings", "GET /api/settings", role=Role.ADMIN, effect=Effect.READ)
def show_settings(system: System, who: Principal, call: NoInput) -> SettingList:
    """List the settings that the daemon runs with; `nacre config show` also says where each would come from now."""
    fields = type(system.settings).model_fields
    return SettingList(
        [
            SettingShown(
                name=name,
                value=_in_words(getattr(system.settings, name)),
                changed=getattr(system.settings, name) != field.get_default(),
                description=field.description or "",
            )
            for name, field in fields.items()
        ]
    )


@operation("system.doctor", "GET /api/doctor", role=Role.ADMIN, effect=Effect.READ, long=True)
def examine(system: System, who: Principal, call: NoInput) -> FindingList:
    """Look whether this machine has what Nacre needs, as `nacre doctor` does from outside."""
    return FindingList(run_checks(system.settings))


def _in_words(value: object) -> str:
    """As nacre.toml would have it, without quotes; empty for nothing."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
