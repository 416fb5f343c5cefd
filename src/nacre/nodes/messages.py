"""What runners and the control plane say to one another over HTTP."""

from pydantic import BaseModel, ConfigDict, Field

from nacre.jobs.job import Hold, Outcome

JOB, FENCE, SLOT = "X-Nacre-Job", "X-Nacre-Fence", "X-Nacre-Slot"
"""Headers of what is done about a job: its number, the fence of its claim, the slot of the node that has it in hand."""

LONGEST_WAIT_S = 25.0
LONGEST_LOG_PIECE_BYTES = 1 << 20


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Hello(_Message):
    """The answer to a runner that asks who it is here."""

    node: str
    version: str


class Join(_Message):
    """A machine that is to run apps: the public half of its key, where it is reached from the control plane
    (HOST:PORT), and the certificate that it has from an earlier time, if it has one."""

    public_key: str = Field(max_length=2000)
    address: str = Field(max_length=300)
    certificate: str = Field(max_length=8000)
    version: str = Field(max_length=50)


class Joined(_Message):
    """What it proves itself by, and whom it trusts, as PEM."""

    node: str
    certificate: str
    authority: str


class AskForWork(_Message):
    slot: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,49}$")
    kinds: list[str] = Field(max_length=50)
    claim_key: str = Field(min_length=16, max_length=100)
    wait_s: float = Field(ge=0, le=LONGEST_WAIT_S)
    version: str = Field(max_length=50)


class Finish(_Message):
    outcome: Outcome


class Taken(_Message):
    """Up to which byte a log is taken."""

    offset: int


def hold_of(job_id: int, fence: int, node: str, slot: str) -> Hold:
    return Hold(job_id=job_id, fence=fence, runner=f"{node}/{slot}")
