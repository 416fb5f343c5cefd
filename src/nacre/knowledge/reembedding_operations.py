"""The verbs of vectors that are made anew: knowledge collection reembed, knowledge reembedding cancel."""

from typing import Annotated

from pydantic import Field

from nacre.core.operations import Call, Cli, Effect, operation
from nacre.core.principals import Principal, Role
from nacre.knowledge.collections import Collection
from nacre.knowledge.reembedding import Reembedding

_ROUTE = "/api/knowledge/collections/{collection}/reembedding"
Name = Annotated[
    str, Cli(positional=True), Field(min_length=1, max_length=60, description="A collection.", examples=["handbook"])
]


class Reembed(Call):
    collection: Name
    model: Annotated[
        str | None, Cli(short="-m"), Field(description="What makes them (none: what its own name stands for now).")
    ] = None
    wait: bool = Field(False, description="Answer when it is done, and tell how far it is.")


class CancelReembedding(Call):
    collection: Name


@operation(
    "knowledge.collection.reembed", f"POST {_ROUTE}", role=Role.USER, effect=Effect.WRITE, long=True,
    scoped_by_handler=True,
)  # fmt: skip
def reembed(reembedding: Reembedding, who: Principal, call: Reembed) -> Collection:
    """Make vectors of another model for all that is in a collection, in the background.

    It is searched by those it has until there is one of every passage; then all are changed at once. `knowledge
    collection show` tells how far it is. Where the model cannot be asked it pauses, and tries again; told once more, it
    goes on at once.
    """
    begun = reembedding.begin(who, call.collection, call.model)
    return reembedding.follow(who, call.collection) if call.wait else begun


@operation(
    "knowledge.reembedding.cancel", f"DELETE {_ROUTE}", role=Role.USER, effect=Effect.WRITE, scoped_by_handler=True
)
def cancel_reembedding(reembedding: Reembedding, who: Principal, call: CancelReembedding) -> Collection:
    """Make no more vectors of another model: the collection stays as it is."""
    return reembedding.cancel(who, call.collection)
