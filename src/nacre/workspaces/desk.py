"""What the verbs ask for: each call finds out whose workspace it is about, then has it done."""

from nacre.core.names import Ref
from nacre.core.principals import Principal
from nacre.workspaces.acting import acting_for, looking_at
from nacre.workspaces.execution import Executed, Execution
from nacre.workspaces.logs import Logs, ProcessLog
from nacre.workspaces.terminals import Terminals
from nacre.workspaces.views import TerminalShown, Views, WorkspaceListed, WorkspaceShown, terminal_shown
from nacre.workspaces.workspaces import Workspaces


class Desk:
    """Called from worker threads. The caller has the role that the operation needs in the branch's project."""

    def __init__(
        self, workspaces: Workspaces, terminals: Terminals, execution: Execution, logs: Logs, views: Views
    ) -> None:
        self._workspaces = workspaces
        self._terminals = terminals
        self._execution = execution
        self._logs = logs
        self._views = views

    def start(self, who: Principal, person: str | None, ref: Ref) -> WorkspaceShown:
        person = acting_for(who, person, ref)
        self._workspaces.on_loop(self._workspaces.inside(person, ref))
        return self._views.show(person, ref)

    def stop(self, who: Principal, person: str | None, ref: Ref) -> WorkspaceShown:
        person = acting_for(who, person, ref)
        self._workspaces.branch(ref)
        self._workspaces.on_loop(self._workspaces.stop(person, ref, f"stopped by {who.person or who}"))
        return self._views.show(person, ref)

    def status(self, who: Principal, person: str | None, ref: Ref) -> WorkspaceShown:
        self._workspaces.branch(ref)
        return self._views.show(looking_at(who, person), ref)

    def all(self, who: Principal) -> list[WorkspaceListed]:
        return [self._views.listed(one) for one in self._workspaces.all() if who.may_enter(one.ref)]

    def logs(
        self, who: Principal, person: str | None, ref: Ref, process: str | None, tail_bytes: int, *, follow: bool
    ) -> list[ProcessLog]:
        person = looking_at(who, person)
        self._workspaces.branch(ref)
        if follow:
            self._logs.follow(person, ref, process, tail_bytes)
            return []
        return self._logs.read(person, ref, process, tail_bytes)

    def execute(
        self, who: Principal, person: str | None, ref: Ref, argv: list[str], cwd: str | None, timeout_s: float | None
    ) -> Executed:
        return self._execution.run(acting_for(who, person, ref), ref, argv, cwd, timeout_s)

    def open_terminal(
        self, who: Principal, person: str | None, ref: Ref, name: str, cols: int, rows: int
    ) -> TerminalShown:
        person = acting_for(who, person, ref)
        self._workspaces.branch(ref)
        return terminal_shown(self._workspaces.on_loop(self._terminals.open(person, ref, name, cols, rows)))

    def terminals(self, who: Principal, person: str | None, ref: Ref) -> list[TerminalShown]:
        self._workspaces.branch(ref)
        found = self._workspaces.on_loop(self._terminals.all(looking_at(who, person), ref))
        return [terminal_shown(one) for one in found]

    def close_terminal(self, who: Principal, person: str | None, ref: Ref, name: str) -> TerminalShown:
        person = acting_for(who, person, ref)
        self._workspaces.branch(ref)
        return terminal_shown(self._workspaces.on_loop(self._terminals.close(person, ref, name)))
