"""The verbs of time: checkpoint, log, rewind, undo, and what is kept of a branch's history."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, RootModel

from nacre.core.names import Ref
from nacre.core.operations import Answer, Call, Cli, Effect, operation
from nacre.core.principals import Principal, Role
from nacre.engines.postgres.lsn import Lsn, format_lsn
from nacre.history.activity import Activity, ActivityShown
from nacre.history.checkup import Checkup, Verified
from nacre.history.collecting import Collected, Collecting
from nacre.history.logbook import Entry
from nacre.history.machine import TimeMachine, Travelled
from nacre.history.overview import HistoryShown, Overview

RefField = Annotated[Ref, Cli(positional=True), Field(description="A branch: `shop` (its main) or `shop:try-x`.")]
MomentField = Annotated[
    str,
    Cli(positional=True),
    Field(description="A time, an age (90s, 10m, 2h), a log entry (#12 or 12, or its label), or “before #12”."),
]


class Checkpoint(Call):
    ref: RefField
    message: Annotated[str | None, Cli(short="-m"), Field(description="A label to find it by.")] = None


class ShowActivity(Call):
    ref: Annotated[Ref, Cli(positional=True), Field(description="A branch: `shop` (its main) or `shop:try-x`.")]
    since: Annotated[str | None, Field(description="A time or an age (default: as far back as the branch can go).")] = (
        None
    )
    until: Annotated[str | None, Field(description="A time or an age (default: now).")] = None
    buckets: Annotated[int, Field(ge=1, le=2000, description="At most this many stretches of time.")] = 300


class CheckpointMade(Answer):
    id: int
    time: datetime
    lsn: str
    files_seq: int
    label: str | None
    settled_by: str


class OfBranch(Call):
    ref: RefField


class LogEntry(Answer):
    """`id` is what “#12” means. `detail` holds what belongs to the kind, such as what an undo undid."""

    id: int
    kind: str
    time: datetime
    label: str | None
    who: str
    lsn: str
    detail: dict[str, Any]


class Log(RootModel[list[LogEntry]]):
    pass


class Rewind(Call):
    ref: RefField
    moment: MomentField
    only: Annotated[
        Literal["db", "files"] | None, Cli(), Field(description="Rewind the database or the files alone.")
    ] = None
    dry_run: Annotated[bool, Cli(), Field(description="Tell what would change, and change nothing.")] = False


@operation(
    "checkpoint",
    "POST /api/projects/{ref}/checkpoints",
    role=Role.USER,
    effect=Effect.WRITE,
    first_class=True,
)
def checkpoint(machine: TimeMachine, who: Principal, call: Checkpoint) -> CheckpointMade:
    """Name the present of a branch, so that exactly this state can be had back.

    Database and files are captured at one barrier, with no skew between them.
    """
    entry = machine.checkpoint(call.ref, call.message, who)
    return CheckpointMade(
        id=entry.number,
        time=entry.time,
        lsn=format_lsn(Lsn(entry.lsn)),
        files_seq=entry.files_seq,
        label=entry.label,
        settled_by=entry.detail["settled_by"],
    )


@operation("log", "GET /api/projects/{ref}/log", role=Role.VIEWER, effect=Effect.READ, first_class=True)
def show_log(machine: TimeMachine, who: Principal, call: OfBranch) -> Log:
    """List what happened to a branch: checkpoints, rewinds, undos, branches made from it, newest last."""
    return Log([_listed(entry) for entry in machine.log(call.ref)])


@operation(
    "rewind",
    "POST /api/projects/{ref}/rewind",
    role=Role.USER,
    effect=Effect.DESTRUCTIVE,
    long=True,
    first_class=True,
)
def rewind(machine: TimeMachine, who: Principal, call: Rewind) -> Travelled:
    """Put a branch back to a moment, database and files together. `undo` takes it back.

    The state left behind is kept; connection strings, ports and paths stay the same. The new database is recovered
    beside the old one, which serves until the swap.
    """
    return machine.rewind(call.ref, machine.moment(call.moment), call.only, who, dry_run=call.dry_run)


@operation(
    "undo", "POST /api/projects/{ref}/undo", role=Role.USER, effect=Effect.DESTRUCTIVE, long=True, first_class=True
)
def undo(machine: TimeMachine, who: Principal, call: OfBranch) -> Travelled:
    """Take back the last rewind or reset of a branch.

    Again, it takes back the one before; when none is left, it takes back the last undo itself.
    """
    return machine.undo(call.ref, who)


@operation("history.show", "GET /api/projects/{ref}/history", role=Role.VIEWER, effect=Effect.READ)
def show_history(overview: Overview, who: Principal, call: OfBranch) -> HistoryShown:
    """Show how far back a branch can go, and what is kept for it: generations, bases, WAL, files, and their sizes."""
    return overview.show(call.ref)


@operation("history.activity", "GET /api/projects/{ref}/history/activity", role=Role.VIEWER, effect=Effect.READ)
def show_activity(activity: Activity, who: Principal, call: ShowActivity) -> ActivityShown:
    """Show how much happened when on a branch: transactions, WAL, changes of files, in stretches of ten seconds up."""
    return activity.show(call.ref, call.since, call.until, call.buckets)


@operation("history.verify", "POST /api/projects/{ref}/history/verify", role=Role.USER, effect=Effect.READ, long=True)
def verify_history(checkup: Checkup, who: Principal, call: OfBranch) -> Verified:
    """Read everything that is kept of a branch's history, and tell what is damaged and which moments are lost by it.

    Checks that no WAL is missing, and every segment, base and piece of file history against its noted digest. A base
    found damaged is set aside, so that rewinds use an older one. On the command line it exits with 1 if `ok` is false.
    """
    return checkup.verify(call.ref)


@operation(
    "history.collect", "POST /api/projects/{ref}/history/collect", role=Role.ADMIN, effect=Effect.DESTRUCTIVE, long=True
)
def collect(collecting: Collecting, who: Principal, call: OfBranch) -> Collected:
    """Let go, now, of what no kept moment of a project needs; the daemon does the same every ten minutes."""
    return collecting.collect_for(call.ref)


def _listed(entry: Entry) -> LogEntry:
    return LogEntry(
        id=entry.number,
        kind=entry.kind,
        time=entry.time,
        label=entry.label,
        who=entry.who,
        lsn=format_lsn(Lsn(entry.lsn)),
        detail={name: value for name, value in entry.detail.items() if name not in ("run", "position")},
    )
