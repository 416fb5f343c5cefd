"""The verbs of workspaces and of the terminals in them."""

from typing import Annotated

from pydantic import Field, RootModel

from nacre.core.names import Ref
from nacre.core.operations import Answer, Call, Cli, Effect, Private, operation
from nacre.core.principals import Principal, Role
from nacre.workspaces.desk import Desk
from nacre.workspaces.execution import Executed
from nacre.workspaces.logs import ProcessLog
from nacre.workspaces.views import TerminalShown, WorkspaceListed, WorkspaceShown

RefField = Annotated[Ref, Cli(positional=True), Field(description="The branch: `shop`, or `shop:try-x`.")]
PersonField = Annotated[str | None, Field(description="Whose workspace (default: your own).")]
NameField = Annotated[str, Cli(positional=True), Field(description="The terminal's name.")]


class OfWorkspace(Call):
    ref: RefField
    person: PersonField = None


class ListWorkspaces(Call):
    pass


class ReadLogs(Call):
    ref: RefField
    process: Annotated[str | None, Cli(positional=True), Field(description="One process alone.")] = None
    follow: Annotated[bool, Cli(short="-f"), Field(description="Go on with what is written from now on.")] = False
    tail_kb: int = Field(64, ge=0, le=1024, description="How much of each log, from its end, in kB.")
    person: PersonField = None


class Execute(Call):
    ref: RefField
    command: Annotated[
        list[str], Private(), Cli(positional=True), Field(min_length=1, description="The command, after `--`.")
    ]
    cwd: str | None = Field(None, description="The folder to run it in (default: the branch's files).")
    timeout_s: float | None = Field(None, gt=0, description="Stop it after so many seconds.")
    person: PersonField = None


class OpenTerminal(Call):
    ref: RefField
    name: NameField
    cols: int = Field(80, ge=2, le=1000, description="Columns of a new terminal.")
    rows: int = Field(24, ge=2, le=1000, description="Rows of a new terminal.")
    person: PersonField = None


class OfTerminal(Call):
    ref: RefField
    name: NameField
    person: PersonField = None


class WorkspaceList(RootModel[list[WorkspaceListed]]):
    pass


class TerminalList(RootModel[list[TerminalShown]]):
    pass


class LogsRead(Answer):
    """Empty when they were followed."""

    logs: list[ProcessLog]


@operation("workspace.start", "POST /api/projects/{ref}/workspace/start", role=Role.USER, effect=Effect.WRITE)
def start_workspace(desk: Desk, who: Principal, call: OfWorkspace) -> WorkspaceShown:
    """Start your workspace on a branch: a sandbox with its files at /workspace and its Postgres in the environment.

    It starts by itself when it is used, and is stopped when nobody uses it for a while.
    """
    return desk.start(who, call.person, call.ref)


@operation("workspace.stop", "POST /api/projects/{ref}/workspace/stop", role=Role.USER, effect=Effect.WRITE)
def stop_workspace(desk: Desk, who: Principal, call: OfWorkspace) -> WorkspaceShown:
    """Stop your workspace on a branch, and all that runs in it; files, database and home stay."""
    return desk.stop(who, call.person, call.ref)


@operation("workspace.status", "GET /api/projects/{ref}/workspace", role=Role.VIEWER, effect=Effect.READ)
def show_workspace(desk: Desk, who: Principal, call: OfWorkspace) -> WorkspaceShown:
    """Show a workspace: whether it runs, what runs in it, and how it is kept apart."""
    return desk.status(who, call.person, call.ref)


@operation("workspace.list", "GET /api/workspaces", role=Role.VIEWER, effect=Effect.READ, scoped_by_handler=True)
def list_workspaces(desk: Desk, who: Principal, call: ListWorkspaces) -> WorkspaceList:
    """List the workspaces in the projects that are yours to see."""
    return WorkspaceList(desk.all(who))


@operation(
    "workspace.logs", "GET /api/projects/{ref}/workspace/logs", role=Role.VIEWER, effect=Effect.READ, speaks=True
)
def read_logs(desk: Desk, who: Principal, call: ReadLogs) -> LogsRead:
    """Show what the processes of a workspace have written, also after their end; `--follow` goes on.

    Over HTTP a follower asks for `text/event-stream` and gets `output` events.
    """
    return LogsRead(logs=desk.logs(who, call.person, call.ref, call.process, call.tail_kb << 10, follow=call.follow))


@operation(
    "workspace.exec", "POST /api/projects/{ref}/exec", role=Role.USER, effect=Effect.WRITE, verb="exec", speaks=True
)
def execute(desk: Desk, who: Principal, call: Execute) -> Executed:
    """Run a command in your workspace on a branch; its output is passed on as it comes, and its exit code is yours.

    It ends with whoever asked for it: Ctrl-C, or a connection that breaks off, stops it. Standard input is empty.
    """
    return desk.execute(who, call.person, call.ref, call.command, call.cwd, call.timeout_s)


@operation(
    "terminal.open",
    "POST /api/projects/{ref}/terminals/{name}",
    role=Role.USER,
    effect=Effect.WRITE,
    verb="workspace open-terminal",
)
def open_terminal(desk: Desk, who: Principal, call: OpenTerminal) -> TerminalShown:
    """Open a terminal in your workspace, or find the one of that name; `nacre terminal REF` also types in it.

    Over HTTP, a WebSocket at the same path with `/socket` behind it carries the bytes.
    """
    return desk.open_terminal(who, call.person, call.ref, call.name, call.cols, call.rows)


@operation(
    "terminal.list",
    "GET /api/projects/{ref}/terminals",
    role=Role.VIEWER,
    effect=Effect.READ,
    verb="workspace terminals",
)
def list_terminals(desk: Desk, who: Principal, call: OfWorkspace) -> TerminalList:
    """List the terminals of a workspace; there are none when it does not run."""
    return TerminalList(desk.terminals(who, call.person, call.ref))


@operation(
    "terminal.close",
    "DELETE /api/projects/{ref}/terminals/{name}",
    role=Role.USER,
    effect=Effect.WRITE,
    verb="workspace close-terminal",
)
def close_terminal(desk: Desk, who: Principal, call: OfTerminal) -> TerminalShown:
    """Close a terminal: its shell and what runs in it end as if the line was cut."""
    return desk.close_terminal(who, call.person, call.ref, call.name)
