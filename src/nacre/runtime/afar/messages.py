"""What the control plane and the runtime of a node say to one another.

Every message shows a fence, a number that grows with each of them: one that comes after a later one was heard is
refused, so nothing is done that was taken back meanwhile.
"""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from nacre.runtime.deployed import DEPLOYED, Deployed
from nacre.runtime.status import AppState

FENCE = "X-Nacre-Fence"
AGENT = "agent"
"""The door at which a node's runtime is asked."""

Release = Annotated[
    Deployed,
    BeforeValidator(lambda said: said if isinstance(said, Deployed) else DEPLOYED.validate_python(said)),
    PlainSerializer(lambda deployed: DEPLOYED.dump_python(deployed, mode="json")),
]


Count = Annotated[int, Field(ge=0, lt=1 << 60)]
Amount = Annotated[float, Field(ge=0, lt=1e18, allow_inf_nan=False)]
_MOST_THERE = 10_000
"""So many apps of one node are heard of at most."""


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WantedApp(_Message):
    """`serves` is the number of the instance that is to serve, None where none did yet; `keep` others that are being
    prepared. What is stopped is to be ended, and started again when it is asked for."""

    app: str
    serves: int | None
    keep: tuple[int, ...]
    stopped: bool


class Wanted(_Message):
    """All that a node is to run. An app that is not named is let finish what it was asked, and removed."""

    apps: tuple[WantedApp, ...]


class UsedThere(_Message):
    """What the process of an app uses, with all that it started; see engines/host/processes.py."""

    pid: Count
    cpu_s: Amount
    memory_bytes: Count
    processes: Count


class AppReport(_Message):
    """As AppStatus has it."""

    app: str = Field(max_length=100)
    state: AppState
    since: datetime | None
    restarts: Count
    ending: str = Field(max_length=100_000)
    draining: Count
    used: UsedThere | None = None


class MachineReport(_Message):
    """How busy the machine is, as engines/host/readings.py has it; the pressures are None where its kernel tells none.

    `disk_…` is the file system that holds what its apps run from.
    """

    processors: Count
    busy_s: Amount
    load1: Amount
    memory_total: Count
    memory_available: Count
    swap_used: Count
    disk_total: Count
    disk_free: Count
    cpu_pressure_percent: Amount | None
    memory_pressure_percent: Amount | None
    io_pressure_percent: Amount | None


class Report(_Message):
    """How a node is; `instances` are the numbers of all that it has, also of apps of which nothing served yet.

    `at_s` is when it was measured, on a clock of that machine that only goes forward: what was used from one report to
    the next is put to the time between them there, whatever the network did to either.
    """

    version: str = Field(max_length=50)
    apps: tuple[AppReport, ...] = Field(max_length=_MOST_THERE)
    instances: tuple[int, ...] = Field(max_length=_MOST_THERE)
    at_s: Amount
    machine: MachineReport


class Prepare(_Message):
    number: int
    deployed: Release
    within_s: float


class Start(_Message):
    app: str


class RunOnce(_Message):
    deployed: Release
    key: str
    argv: tuple[str, ...]
    timeout_s: float


class RanOnce(_Message):
    exit_code: int
    log: str
    seconds: float


class ForgetRun(_Message):
    deployed: Release
    key: str


class Done(_Message):
    """It was done as asked."""


def app_door(app: str, number: int) -> str:
    """At a node: what reaches this instance, or whatever came to serve in its place."""
    return f"app {app} {number}"


def database_door(app: str) -> str:
    """At the control plane: the production database of an app."""
    return f"database {app}"
