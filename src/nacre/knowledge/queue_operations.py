"""The verbs of the queue that documents are added by: knowledge queue show, list, pause, resume, retry, clear."""

from typing import Annotated

from pydantic import Field, RootModel

from nacre.core.operations import Call, Cli, Effect, operation
from nacre.core.principals import Principal, Role
from nacre.knowledge.ingestion.ingestion import Changed, Ingestion, Pending, Queue, State

_BASE = "/api/knowledge/collections/{collection}/queue"
_Collection = Annotated[
    str, Cli(positional=True), Field(min_length=1, max_length=60, description="A collection.", examples=["handbook"])
]


class OfQueue(Call):
    collection: _Collection


class ListPending(Call):
    collection: _Collection
    state: Annotated[State | None, Field(description="Only those that are waiting, or that failed.")] = None
    after: Annotated[str, Field(description="Only those whose names come after this one.")] = ""
    limit: Annotated[int, Field(ge=1, le=1000, description="At most this many.")] = 100


class OfPending(Call):
    collection: _Collection
    document: Annotated[
        str | None, Cli(positional=True), Field(max_length=500, description="A document (none: all of them).")
    ] = None


class PendingList(RootModel[list[Pending]]):
    """By their names."""


@operation("knowledge.queue.show", f"GET {_BASE}", role=Role.VIEWER, effect=Effect.READ, scoped_by_handler=True)
def show_queue(ingestion: Ingestion, who: Principal, call: OfQueue) -> Queue:
    """Show what waits to be added to a collection, what is at work, and what holds it up."""
    return ingestion.show(who, call.collection)


@operation(
    "knowledge.queue.list", f"GET {_BASE}/documents", role=Role.VIEWER, effect=Effect.READ, scoped_by_handler=True
)
def list_queue(ingestion: Ingestion, who: Principal, call: ListPending) -> PendingList:
    """List the documents that wait to be added or could not be, and why."""
    return PendingList(ingestion.listing(who, call.collection, call.state, call.after, call.limit))


@operation("knowledge.queue.pause", f"POST {_BASE}/pause", role=Role.USER, effect=Effect.WRITE, scoped_by_handler=True)
def pause_queue(ingestion: Ingestion, who: Principal, call: OfQueue) -> Queue:
    """Let a collection's documents wait until it is resumed. What is being embedded just now is still added."""
    return ingestion.pause(who, call.collection)


@operation(
    "knowledge.queue.resume", f"POST {_BASE}/resume", role=Role.USER, effect=Effect.WRITE, scoped_by_handler=True
)
def resume_queue(ingestion: Ingestion, who: Principal, call: OfQueue) -> Queue:
    """Go on adding a collection's documents, whatever held it up."""
    return ingestion.resume(who, call.collection)


@operation("knowledge.queue.retry", f"POST {_BASE}/retry", role=Role.USER, effect=Effect.WRITE, scoped_by_handler=True)
def retry_queue(ingestion: Ingestion, who: Principal, call: OfPending) -> Changed:
    """Try documents that failed once more, and those that wait for their time at once."""
    return ingestion.retry(who, call.collection, call.document)


@operation(
    "knowledge.queue.clear", f"DELETE {_BASE}", role=Role.USER, effect=Effect.DESTRUCTIVE, scoped_by_handler=True
)
def clear_queue(ingestion: Ingestion, who: Principal, call: OfPending) -> Changed:
    """Strike out what waits or failed, a document or all. What is in the collection stays."""
    return ingestion.clear(who, call.collection, call.document)
