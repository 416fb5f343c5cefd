"""Where a procedure can be struck: its own steps × the tracer's words, none listed by hand."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from nacre.core.procedures import Procedure, Step
from nacre.history.checkpoint import Checkpointing
from nacre.history.retention import Retention
from nacre.history.travel import Travel
from nacre.projects.creation import Creation
from nacre.projects.removal import Removal

Deed = Literal["daemon", "postmaster", "postgres", "both", "fail", "gateway", "serving", "working", "all"]
KINDS: tuple[type[Procedure], ...] = (Checkpointing, Creation, Removal, Retention, Travel)


@dataclass(frozen=True)
class Fault:
    """At that point of a procedure, `do`: kill the daemon, Postgres (its postmasters or all of it), both, or fail.

    Of a publish also: kill the gateway, the sandbox of the release that serves, the one that works for the next one, or
    all of these and the daemon.
    """

    kind: str
    step: str
    when: str
    do: Deed

    def document(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.do} at {self.kind}/{self.step}/{self.when}"


def steps_of(kind: type[Procedure]) -> tuple[Step, ...]:
    """A procedure's steps need nothing of what it is made from."""
    return kind.__new__(kind).steps()


def pivot_of(kind: type[Procedure]) -> int:
    return [step.name for step in steps_of(kind)].index(kind.commit)


def single_faults(kind: type[Procedure], do: Deed, whens: tuple[str, ...]) -> list[list[Fault]]:
    """One fault at every step and word."""
    return [[Fault(kind.kind, step.name, when, do)] for step in steps_of(kind) for when in whens]


def faults_while_taking_back(kind: type[Procedure], do: Deed) -> list[list[Fault]]:
    """The commit step fails once everything is done; then a fault at the undoing of every step."""
    failing = Fault(kind.kind, kind.commit, "done", "fail")
    return [[failing, Fault(kind.kind, step.name, "undo", do)] for step in steps_of(kind)[: pivot_of(kind) + 1]]


def faults_while_recovering(kind: type[Procedure]) -> list[list[Fault]]:
    """The daemon is killed around the commit, and again at every point of the recovery, back or forward."""
    steps, pivot = steps_of(kind), pivot_of(kind)
    back = Fault(kind.kind, kind.commit, "done", "daemon")
    forward = Fault(kind.kind, kind.commit, "after", "daemon")
    pairs = [[back, Fault(kind.kind, step.name, "undo", "daemon")] for step in steps[: pivot + 1]]
    for step in steps[pivot + 1 :]:
        pairs += [[forward, Fault(kind.kind, step.name, when, "daemon")] for when in ("before", "done", "after")]
    return pairs
