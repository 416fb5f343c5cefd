"""How an app is, in one word and in figures."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from nacre.engines.processes.supervisor import State
from nacre.engines.processes.supervisor import Status as Kept

AppState = Literal["running", "starting", "asleep", "stopped", "failed"]


@dataclass(frozen=True)
class AppStatus:
    """How an app is. `release` is the one that serves, or would; `ending` how it ended last, `draining` how many
    older instances finish what they were asked."""

    app: str
    state: AppState
    release: int | None
    node: str
    since: datetime | None
    restarts: int
    ending: str
    draining: int
    memory_mb: int | None
    cpus: float | None
    seen_at: datetime | None


def state_of(stopped: bool, asleep: bool, kept: Kept | None) -> AppState:
    """What is wanted comes first, then what the supervisor knows of the instance."""
    if stopped:
        return "stopped"
    if asleep:
        return "asleep"
    if kept is None or kept.state in (State.GIVEN_UP, State.STOPPING):
        return "failed"
    return "running" if kept.state is State.RUNNING else "starting"
