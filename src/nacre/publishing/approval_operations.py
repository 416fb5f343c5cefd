"""The verbs of approvals: what agents ask for on published apps, and a person allows or denies."""

from typing import Annotated

from pydantic import Field, RootModel

from nacre.core.operations import Call, Cli, Effect, operation
from nacre.core.principals import Principal, Role
from nacre.publishing.approvals import Approval, Approvals


class ListApprovals(Call):
    waiting: Annotated[bool, Field(description="Only those that wait for a decision.")] = False


class OfApproval(Call):
    number: Annotated[
        int, Cli(positional=True), Field(ge=1, lt=1 << 63, examples=[1], description="The number it waits under.")
    ]


class ApprovalList(RootModel[list[Approval]]):
    pass


@operation("approval.list", "GET /api/approvals", role=Role.VIEWER, effect=Effect.READ, scoped_by_handler=True)
def list_approvals(approvals: Approvals, who: Principal, call: ListApprovals) -> ApprovalList:
    """List what agents asked to do to published apps of your projects, newest first, and what was decided."""
    return ApprovalList(approvals.all(who, waiting=call.waiting))


@operation(
    "approval.approve", "POST /api/approvals/{number}/approve", role=Role.VIEWER, effect=Effect.WRITE,
    scoped_by_handler=True, in_person=True,
)  # fmt: skip
def approve(approvals: Approvals, who: Principal, call: OfApproval) -> Approval:
    """Let an agent do what it asked for: that very call, once, within an hour. Needs the role admin in the project."""
    return approvals.decide(who, call.number, allow=True)


@operation(
    "approval.deny", "POST /api/approvals/{number}/deny", role=Role.VIEWER, effect=Effect.WRITE,
    scoped_by_handler=True, in_person=True,
)  # fmt: skip
def deny(approvals: Approvals, who: Principal, call: OfApproval) -> Approval:
    """Refuse what an agent asked for. Needs the role admin in the project."""
    return approvals.decide(who, call.number, allow=False)
