"""What is said about jobs: a job as everybody sees it, a claim as its runner holds it, and how an attempt can end."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from nacre.core.errors import NacreError
from nacre.core.operations import Answer
from nacre.jobs.states import State


class Trouble(Answer):
    """Why a job could not be done: a stable code, what happened, what to do next."""

    code: str
    message: str
    hint: str = ""

    @classmethod
    def of(cls, error: NacreError) -> "Trouble":
        return cls(code=error.code, message=error.message, hint=error.hint)


class Job(Answer):
    """One unit of work. `why` says in words how it came into its state; `fence` is that of its last claim."""

    id: int
    kind: str
    project: str
    app: str
    state: State
    why: str
    priority: int
    attempts: int
    most_attempts: int
    fence: int
    runner: str | None
    submitted_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    result: dict[str, Any] | None
    error: Trouble | None
    log_bytes: int


class Attempt(Answer):
    """One claim of a job, by its fence. `outcome` is None while it goes on."""

    fence: int
    runner: str
    began_at: datetime
    ended_at: datetime | None
    outcome: str | None


class Hold(BaseModel):
    """What a runner shows with everything it does to a job."""

    model_config = ConfigDict(frozen=True)

    job_id: int
    fence: int
    runner: str


class Claim(Hold):
    """A job in a runner's hands. `lease_s` counts from when the claim was asked for, by the runner's own stopwatch;
    `lease_until` is the same by the control plane's clock."""

    job: Job
    payload: dict[str, Any]
    lease_s: float
    lease_until: datetime


class Beat(BaseModel):
    """The answer to a heartbeat: the lease anew, or that the job was cancelled."""

    model_config = ConfigDict(frozen=True)

    cancelled: bool
    lease_s: float


class Done(BaseModel):
    kind: Literal["done"] = "done"
    result: dict[str, Any]


class Failed(BaseModel):
    """It cannot be done: trying again would end the same way."""

    kind: Literal["failed"] = "failed"
    error: Trouble


class Faltered(BaseModel):
    """It could not be done for now: it is tried again, as long as there are attempts left."""

    kind: Literal["faltered"] = "faltered"
    error: Trouble


class GivenBack(BaseModel):
    """The runner stops: another one is to take it, and this was no attempt."""

    kind: Literal["given back"] = "given back"
    why: str


Outcome = Annotated[Done | Failed | Faltered | GivenBack, Field(discriminator="kind")]


class LogPiece(BaseModel):
    """What a job wrote from some offset on; `offset` is where to read on, `over` that nothing will follow."""

    model_config = ConfigDict(frozen=True)

    data: bytes
    offset: int
    over: bool


@dataclass(frozen=True)
class Load:
    """Jobs that could be done now and wait, and those that run, with how long the first of each has."""

    waiting: int
    waiting_longest_s: float
    running: int
    running_longest_s: float
