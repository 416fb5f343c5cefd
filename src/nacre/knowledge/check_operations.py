"""The verb knowledge check."""

from typing import Annotated

from pydantic import Field

from nacre.core.operations import Call, Cli, Effect, operation
from nacre.core.principals import Principal, Role
from nacre.knowledge.checking import Checked, Checking


class Check(Call):
    collection: Annotated[
        str,
        Cli(positional=True),
        Field(min_length=1, max_length=60, description="A collection.", examples=["handbook"]),
    ]
    repair: bool = Field(False, description="Mend what is found.")


@operation(
    "knowledge.check", "POST /api/knowledge/collections/{collection}/check", role=Role.USER, effect=Effect.WRITE,
    long=True, scoped_by_handler=True,
)  # fmt: skip
def check(checking: Checking, who: Principal, call: Check) -> Checked:
    """Hold the passages, vectors and words of a collection against each other, and mend them if that is wanted.

    Words are indexed anew, vectors that lack are made anew, and what belongs to nothing is removed. Where vectors are
    brought along, the documents are named whose vectors lack: add these again.
    """
    return checking.check(who, call.collection, repair=call.repair)
