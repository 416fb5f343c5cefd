"""What is told of a preview."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from nacre.core.names import Ref
from nacre.core.operations import Answer


class State(StrEnum):
    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    CRASHED = "crashed"
    REFUSED = "refused"


class PreviewStatus(Answer):
    """`person` is in whose workspace it runs, or ran last; `trouble` and `hint` say why it does not run."""

    ref: Ref
    state: State
    url: str | None
    person: str | None
    framework: str | None
    run: str | None
    port: int | None
    started_at: datetime | None
    trouble: str
    hint: str


class PlanShown(Answer):
    """How a branch would be run: the line for a shell in `folder`, and what is added to its environment."""

    ref: Ref
    framework: str
    run: str
    folder: str
    env: dict[str, str]
    strip: bool = Field(description="Whether the base path is taken off before a request reaches the server.")
    missing: str
    install: str
    url: str | None
