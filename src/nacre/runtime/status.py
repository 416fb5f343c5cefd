"""How an app is, in one word and in figures."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from nacre.engines.host.processes import Usage
from nacre.engines.processes.supervisor import State
from nacre.engines.processes.supervisor import Status as Kept
from nacre.runtime.app import App
from nacre.runtime.book import Placement

AppState = Literal["running", "starting", "asleep", "stopped", "failed"]


@dataclass(frozen=True)
class Used:
    """What an app's process uses. `process` tells it from others, also on other machines; `at_s` is when that was
    measured where that was over there, on a clock that only goes forward."""

    process: tuple[str, int]
    at_s: float | None
    usage: Usage


@dataclass(frozen=True)
class AppStatus:
    """How an app is. `release` is the one that serves, or would; `ending` how it ended last, `draining` how many
    older instances finish what they were asked; `pid` is of its process, where that is on this machine, and `used`
    what it uses where it is not. `restarts` is None while the node that it is on is not heard of."""

    app: str
    state: AppState
    release: int | None
    node: str
    since: datetime | None
    restarts: int | None
    ending: str
    draining: int
    memory_mb: int | None
    cpus: float | None
    seen_at: datetime | None
    pid: int | None = None
    used: Used | None = None


def status_of(placement: Placement, app: App | None, kept: Kept | None) -> AppStatus:
    """From where it is placed, what this daemon remembers of it, and what the supervisor knows of its instance."""
    current = app.current.deployed if app is not None and app.current is not None else None
    return AppStatus(
        app=placement.app,
        state=_state_of(placement.wanted == "stopped", app is not None and app.asleep, kept),
        release=current.release if current else None,
        node=placement.node,
        since=kept.since if kept else None,
        restarts=kept.restarts if kept else 0,
        ending=(kept.last_ending if kept else "") or (app.trouble if app else ""),
        draining=len(app.drains) if app else 0,
        memory_mb=current.run.memory_mb if current else None,
        cpus=current.run.cpus if current else None,
        seen_at=placement.seen_at,
        pid=kept.pid if kept else None,
    )


def _state_of(stopped: bool, asleep: bool, kept: Kept | None) -> AppState:
    """What is wanted comes first, then what the supervisor knows of the instance."""
    if stopped:
        return "stopped"
    if asleep:
        return "asleep"
    if kept is None or kept.state in (State.GIVEN_UP, State.STOPPING):
        return "failed"
    return "running" if kept.state is State.RUNNING else "starting"
