"""Collections: what they are, who may see which, and how they are made and deleted."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, insert, select
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData

from nacre.core.clock import Clock
from nacre.core.errors import Conflict, NotAllowed, NotFound
from nacre.core.names import check_slug
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.core.store.database import Database
from nacre.engines.retrieval.folding import Folding
from nacre.knowledge.access import Access, Reach, may_delete, may_read, may_write
from nacre.knowledge.clearing import Clearing
from nacre.knowledge.embedding import Embedder
from nacre.knowledge.index import Index
from nacre.knowledge.tables import collections, documents, passages
from nacre.knowledge.underway import Underway, underway
from nacre.llm.embedding.chunking import Chunking

Metric = Literal["cosine", "dot", "l2"]
_BY_NAME = """
SELECT id, name, access, person, project, model, digest, generation, dimension, metric, CAST(chunking AS text), folding
FROM knowledge_collection WHERE name = {}
"""
_SELECTED = SimpleResultMetaData(
    ["id", "name", "access", "person", "project", "model", "digest", "generation", "dimension", "metric", "chunking",
     "folding"]
)  # fmt: skip
_MARKS = {"qmark": "?", "pyformat": "%s"}


class Collection(Answer):
    """`model` is None where vectors are brought along; vectors compare with those of the same `digest` alone.

    `reembedding` tells how far those of another model are that are being made.
    """

    name: str
    access: Access
    person: str
    project: str | None
    model: str | None
    digest: str | None
    dimension: int
    metric: Metric
    chunking: Chunking
    folding: Folding
    documents: int
    passages: int
    created_by: str
    created_at: datetime
    reembedding: Underway | None = None


@dataclass(frozen=True)
class Plan:
    """What a collection is to be. `model` None stands for the default one; with a `dimension` there is no model, and
    vectors of that many numbers are brought along."""

    name: str
    access: Access
    project: str | None
    model: str | None
    dimension: int | None
    metric: Metric
    chunking: Chunking
    folding: Folding = "simplified"


@dataclass(frozen=True)
class Collections:
    """Called from worker threads."""

    store: Database
    clock: Clock
    index: Index
    embedder: Embedder
    clearing: Clearing
    project_exists: Callable[[str], bool]

    def create(self, who: Principal, plan: Plan) -> Collection:
        """Raises InvalidInput "bad-name", NotFound "project-not-found", Conflict "collection-exists", and what asking
        the model is refused with."""
        check_slug(plan.name, "collection")
        if plan.project is not None and not self.project_exists(plan.project):
            raise NotFound(
                "project-not-found",
                f"There is no project “{plan.project}”.",
                hint="`nacre project list` shows them.",
            )
        model, digest, dimension = None, None, plan.dimension
        if dimension is None:
            probe = self.embedder.embed(who, [plan.name], plan.model)
            model, digest, dimension = probe.model, probe.digest, probe.vectors.shape[1]
        with self.store.write() as connection:
            if connection.execute(select(collections.c.id).where(collections.c.name == plan.name)).first():
                raise Conflict(
                    "collection-exists",
                    f"There is already a collection “{plan.name}”; it may be one that you cannot see.",
                    hint="Choose another name.",
                )
            row = inserted(
                connection, name=plan.name, access=plan.access, person=who.person, project=plan.project, model=model,
                digest=digest, dimension=dimension, metric=plan.metric, chunking=plan.chunking.model_dump(mode="json"),
                folding=plan.folding, created_by=str(who), created_at=self.clock(),
            )  # fmt: skip
            self.index.make(connection, row)
            return counted(connection, row.id)

    def readable(self, who: Principal) -> list[Collection]:
        with self.store.read() as connection:
            rows = connection.execute(_counted().order_by(collections.c.name)).all()
            seen = [row for row in rows if may_read(who, reach_of(row))]
            coming = underway(connection, [row.id for row in seen])
        return [_collection(row, coming.get(row.id)) for row in seen]

    def show(self, who: Principal, name: str) -> Collection:
        """Raises NotFound "collection-not-found"."""
        with self.store.read() as connection:
            row = _found(who, name, connection.execute(_counted().where(collections.c.name == name)))
            return _collection(row, underway(connection, [row.id]).get(row.id))

    def delete(self, who: Principal, name: str) -> Collection:
        """Raises NotFound "collection-not-found", NotAllowed "not-allowed"."""
        with self.store.read() as connection:
            row = _found(who, name, connection.execute(_counted().where(collections.c.name == name)))
        if not may_delete(who, reach_of(row)):
            raise _lacking(who, name, "delete")
        self.remove(row)
        return _collection(row)

    def forget_project(self, project: str) -> None:
        """Delete the collections of a project that is deleted: the next one of its name must not find them."""
        with self.store.read() as connection:
            rows = connection.execute(select(collections).where(collections.c.project == project)).all()
        for row in rows:
            self.remove(row)

    def remove(self, row: Row[Any]) -> None:
        """Whoever asks has made sure that it may go."""
        with self.index.changing(row) as changing:
            changing.drop()
            self.clearing.collection_gone(changing.connection, row)
        self.clearing.wake()


def inserted(connection: Connection, **values: Any) -> Row[Any]:
    """The row of a new collection, for which the index is to make room. `values` are all but its id and revision."""
    return connection.execute(insert(collections).values(revision=0, **values).returning(collections)).one()


def counted(connection: Connection, number: int) -> Collection:
    """The collection of this number as people see it."""
    row = connection.execute(_counted().where(collections.c.id == number)).one()
    return _collection(row, underway(connection, [number]).get(number))


def to_read(connection: Connection, who: Principal, name: str) -> Row[Any]:
    """The row of a collection that the caller may read. Raises NotFound "collection-not-found".

    Asked for by all that touches a collection, and so by its DB-API cursor: SQLAlchemy would take five times as long
    to learn, each time, what the columns are called.
    """
    cursor = connection.connection.cursor()
    cursor.execute(_BY_NAME.format(_MARKS[connection.dialect.paramstyle]), (name,))
    return _found(who, name, IteratorResult(_SELECTED, iter(cursor.fetchall())))


def to_write(connection: Connection, who: Principal, name: str) -> Row[Any]:
    """The row of a collection that the caller may fill. Raises NotAllowed "not-allowed" too."""
    row = to_read(connection, who, name)
    if not may_write(who, reach_of(row)):
        raise _lacking(who, name, "change")
    return row


def reach_of(row: Row[Any]) -> Reach:
    return Reach(row.access, row.person, row.project)


def _counted() -> Any:
    counts = [
        select(func.count()).where(table.c.collection_id == collections.c.id).scalar_subquery().label(name)
        for name, table in (("documents", documents), ("passages", passages))
    ]
    return select(collections, *counts)


def _found(who: Principal, name: str, rows: Any) -> Row[Any]:
    """One that the caller may not read is answered as if it were not there."""
    row: Row[Any] | None = rows.one_or_none()
    if row is None or not may_read(who, reach_of(row)):
        raise NotFound(
            "collection-not-found",
            f"There is no collection “{name}” that you may read.",
            hint="`nacre knowledge collection list` shows those there are.",
        )
    return row


def _lacking(who: Principal, name: str, what: str) -> NotAllowed:
    return NotAllowed(
        "not-allowed", f"{who} may read the collection “{name}”, but not {what} it.", hint="Ask whoever made it."
    )


def _collection(row: Row[Any], coming: Underway | None = None) -> Collection:
    return Collection.model_validate(dict(row._mapping) | {"reembedding": coming})
