"""Workspaces as people see them."""

from datetime import datetime
from typing import Any

from nacre.core.clock import Clock
from nacre.core.errors import Unavailable
from nacre.core.names import Ref
from nacre.core.operations import Answer
from nacre.engines.processes.supervisor import State
from nacre.engines.sandbox.inside import Process
from nacre.workspaces.book import Workspace
from nacre.workspaces.terminals import PREFIX as TERMINAL
from nacre.workspaces.workspaces import Workspaces


class ProcessShown(Answer):
    """`exit_code` is None while it runs, negative for death by a signal."""

    name: str
    command: list[str]
    started_at: datetime
    exit_code: int | None


class TerminalShown(Answer):
    """`end_offset` counts all bytes it has shown; `run` changes when a new shell takes the name."""

    name: str
    command: list[str]
    started_at: datetime
    exit_code: int | None
    end_offset: int
    run: str


class WorkspaceListed(Answer):
    """`state` is running, stopped, or what the supervisor says of one that does not come up; `why` is in words;
    `trouble` is the limit that its processes were ended for, if any were."""

    person: str
    ref: str
    state: str
    why: str
    since: datetime
    trouble: str


class WorkspaceShown(WorkspaceListed):
    """`pid` is of its first process, as the machine numbers it; `idle_s` counts from the last use of one that runs;
    `enforced` tells how each boundary is held here."""

    pid: int | None
    isolation: str
    enforced: dict[str, str]
    egress: str
    idle_s: float | None
    stops_after_idle_s: float
    ports: list[int]
    processes: list[ProcessShown]
    terminals: list[TerminalShown]


class Views:
    """Called from worker threads."""

    def __init__(self, workspaces: Workspaces, egress: str, clock: Clock) -> None:
        self._workspaces = workspaces
        self._egress = egress
        self._clock = clock

    def listed(self, workspace: Workspace) -> WorkspaceListed:
        return WorkspaceListed(**self._state(workspace.person, workspace.ref, workspace))

    def show(self, person: str, ref: Ref) -> WorkspaceShown:
        """Also of a workspace that there never was: it is stopped then."""
        workspace = self._workspaces.find(person, ref)
        ports, processes = self._workspaces.on_loop(self._within(person, ref))
        status = self._workspaces.status(person, ref)
        runs = workspace is not None and status is not None
        return WorkspaceShown(
            **self._state(person, ref, workspace),
            pid=None if status is None else status.pid,
            isolation=self._workspaces.driver.name,
            enforced=self._workspaces.driver.enforced(),
            egress=self._egress,
            idle_s=self._workspaces.idle_s(workspace) if workspace is not None and runs else None,
            stops_after_idle_s=self._workspaces.idle_after_s,
            ports=ports,
            processes=[process_shown(one) for one in processes if not one.key.startswith(TERMINAL)],
            terminals=[terminal_shown(one) for one in processes if one.key.startswith(TERMINAL)],
        )

    def _state(self, person: str, ref: Ref, workspace: Workspace | None) -> dict[str, Any]:
        status = self._workspaces.status(person, ref)
        facts: dict[str, Any] = {"person": person, "ref": str(ref), "trouble": self._workspaces.trouble(person, ref)}
        if status is not None and status.state is State.RUNNING:
            return facts | {"state": "running", "why": "in use", "since": status.since}
        if status is not None:
            return facts | {"state": status.state.value, "why": status.last_ending, "since": status.since}
        if workspace is None:
            return facts | {"state": "stopped", "why": "it was never started", "since": self._clock()}
        return facts | {"state": "stopped", "why": workspace.why, "since": workspace.changed_at}

    async def _within(self, person: str, ref: Ref) -> tuple[list[int], list[Process]]:
        inside = await self._workspaces.running(person, ref)
        if inside is None:
            return [], []
        try:
            return await inside.ports(), await inside.processes()
        except Unavailable:  # it was stopped while we asked
            return [], []


def terminal_shown(process: Process) -> TerminalShown:
    return TerminalShown(
        name=process.key.removeprefix(TERMINAL),
        command=list(process.argv),
        started_at=process.started_at,
        exit_code=process.exit_code,
        end_offset=process.end_offset,
        run=f"{process.pid}-{process.started_at.timestamp():.3f}",
    )


def process_shown(process: Process) -> ProcessShown:
    return ProcessShown(
        name=process.key,
        command=list(process.argv),
        started_at=process.started_at,
        exit_code=process.exit_code,
    )
