"""Searches collections: by meaning, by words, or by both, with every rank and time told where it is asked for."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from pydantic import JsonValue
from sqlalchemy import Connection, Row

from nacre.core.errors import Conflict, InvalidInput
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.core.store.store import Store
from nacre.engines.retrieval.fusion import fused
from nacre.knowledge import wordindex
from nacre.knowledge.collections import to_read
from nacre.knowledge.embedding import Embedder, as_vectors, check_digest
from nacre.knowledge.filters import Conditions, conditions_of
from nacre.knowledge.matrices import Matrices
from nacre.knowledge.recall import Recall, Sampler

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nacre.engines.retrieval.matrix import Floats, Ids, Matrix, Near

Mode = Literal["hybrid", "vector", "text"]
Scan = Literal["auto", "exact", "coarse"]
Nothing = Literal["empty", "filter", "words", "none alike"]

COARSE_FROM_BYTES = 1 << 30
"""From how large on the vectors of a collection are searched coarsely first: exactly, they take some 40 ms to read."""

_LEG_DEPTH = 100
"""How many each leg hands on to be fused, or as many as are wanted if these are more."""

_RECORDS = """
SELECT p.id, p.document_id, d.name AS document, c.name AS collection, p.position, p.start, p.page, p.context, p.text,
       d.metadata
FROM knowledge_base p
JOIN knowledge_document d ON d.id = p.document_id
JOIN knowledge_collection c ON c.id = p.collection_id
WHERE p.id IN (SELECT value FROM json_each(?))
"""


class Record(Answer):
    """A passage that was found.

    `similarity_score` is the cosine of its vector and the query's (of the metric dot: their product; of l2: their
    distance with a minus, so that more is nearer), None where only words were compared; `score` orders the records;
    `start` and `end` are characters of the document's text. The ranks are those of each leg, from 1, None where it did
    not find it.
    """

    id: int
    collection: str
    document: str
    document_id: int
    passage: str
    context: str
    position: int
    start: int
    end: int
    page: int | None
    citation: str
    metadata: dict[str, JsonValue]
    similarity_score: float | None
    score: float
    vector_rank: int | None
    text_rank: int | None


class Timing(Answer):
    """Seconds, of which `embed_s` passed until the query had its vector."""

    embed_s: float
    vector_s: float
    text_s: float
    total_s: float


class Explanation(Answer):
    """Of each leg, how many it found, of how many passages there were to search; `nothing` tells why there is none:
    the collections are empty, the filter leaves none, no word of the query is in them, or nothing is alike.

    `coarse` tells that not all vectors were compared exactly; `recall` how much that has found lately in the first of
    the collections of what an exact search finds.
    """

    mode: Mode
    coarse: bool
    recall: Recall | None
    passages: int
    vector_found: int
    text_found: int
    nothing: Nothing | None
    timing: Timing


class Found(Answer):
    records: list[Record]
    explain: Explanation | None


@dataclass(frozen=True)
class Asked:
    """What is sought. `vector` stands for the text where it is given; `filter` is what documents must have."""

    collections: Sequence[str]
    text: str | None
    vector: Sequence[float] | None
    top_k: int
    mode: Mode
    filter: Mapping[str, JsonValue]
    scan: Scan = "auto"
    explain: bool = False


@dataclass
class _Legs:
    """What each way of searching found: passages, the best first, and the similarities of those by meaning.

    `fill` adds the similarities of others."""

    vector: list[int] = field(default_factory=list)
    similarity: dict[int, float] = field(default_factory=dict)
    text: list[int] = field(default_factory=list)
    coarse: bool = False
    fill: Callable[[Sequence[int]], None] = lambda ids: None
    embed_s: float = 0.0
    vector_s: float = 0.0
    text_s: float = 0.0


@dataclass(frozen=True)
class Searching:
    """Called from worker threads."""

    store: Store
    matrices: Matrices
    embedder: Embedder
    sampler: Sampler

    def search(self, who: Principal, asked: Asked) -> Found:
        """The best `top_k` passages of all these collections, the best first.

        Raises NotFound "collection-not-found", InvalidInput "bad-filter", "query-needed", "wrong-dimension",
        "bad-vector", Conflict "models-differ", "model-changed".
        """
        began = time.monotonic()
        mode = _mode(asked)
        conditions = conditions_of(asked.filter)
        depth = max(_LEG_DEPTH, asked.top_k)
        with self.store.read() as connection:
            collections = [to_read(connection, who, name) for name in dict.fromkeys(asked.collections)]
            legs = _Legs()
            if mode != "text":
                self._by_meaning(connection, who, asked, collections, conditions, depth, legs)
            if mode != "vector":
                _by_words(connection, asked, collections, conditions, depth, legs)
            order = fused(*(leg for leg in (legs.vector, legs.text) if leg))[: asked.top_k]
            legs.fill([id_ for id_, _ in order if id_ not in legs.similarity])
            records = _records(connection, order, legs)
            explained = None
            if asked.explain:
                recall = self.sampler.of(collections[0].id) if legs.coarse else None
                explained = _explained(connection, mode, collections, conditions, legs, recall, began)
        return Found(records=records, explain=explained)

    def _by_meaning(
        self,
        connection: Connection,
        who: Principal,
        asked: Asked,
        collections: Sequence[Row[Any]],
        conditions: Conditions,
        depth: int,
        legs: _Legs,
    ) -> None:
        began = time.monotonic()
        query = self._query(who, asked, collections)
        embedded = time.monotonic()
        found: list[tuple[float, int]] = []
        matrices = [self.matrices.of(each.id, each.dimension, each.metric) for each in collections]
        for collection, matrix in zip(collections, matrices, strict=True):
            among = _documents(connection, collection.id, conditions) if conditions else None
            large = asked.scan == "auto" and matrix.size_bytes >= COARSE_FROM_BYTES
            coarse = collection.metric != "l2" and (asked.scan == "coarse" or large)
            nearest = matrix.nearest(query, depth, among, coarse=coarse)
            found += [(near.similarity, near.id) for near in nearest]
            if coarse:
                legs.coarse = True
                self._sample(collection.id, matrix, query, asked.top_k, among, nearest)
        found.sort(key=lambda each: (-each[0], each[1]))
        legs.vector = [id_ for _, id_ in found[:depth]]
        legs.similarity = {id_: similarity for similarity, id_ in found}

        def fill(ids: Sequence[int]) -> None:
            for matrix in matrices:
                legs.similarity.update(matrix.similarities(query, ids))

        legs.fill = fill
        legs.embed_s, legs.vector_s = embedded - began, time.monotonic() - embedded

    def _sample(
        self, number: int, matrix: "Matrix", query: "Floats", k: int, among: "Ids | None", coarse: "Sequence[Near]"
    ) -> None:
        self.sampler.note(
            number, {near.id for near in coarse[:k]}, lambda: {near.id for near in matrix.nearest(query, k, among)}
        )

    def _query(self, who: Principal, asked: Asked, collections: Sequence[Row[Any]]) -> "Floats":
        first = collections[0]
        for other in collections:
            if (other.digest, other.dimension, other.metric) != (first.digest, first.dimension, first.metric):
                raise Conflict(
                    "models-differ",
                    f"The vectors of “{first.name}” and “{other.name}” are of different models, and do not compare.",
                    hint="Search them one by one, or both by words: mode “text”.",
                )
        if asked.vector is not None:
            return _only(as_vectors([asked.vector], first.dimension, first.metric))
        assert asked.text is not None
        if first.model is None:
            raise InvalidInput(
                "query-needed",
                f"“{first.name}” has no model to make a vector of the query with.",
                hint="Bring a query_vector, or search by words: mode “text”.",
            )
        embedded = self.embedder.embed(who, [asked.text], first.model)
        check_digest(first.name, first.digest, embedded)
        return _only(as_vectors(embedded.vectors, first.dimension, first.metric))


def _only(vectors: "Floats") -> "Floats":
    only: Floats = vectors[0]
    return only


def _mode(asked: Asked) -> Mode:
    """Without a text there are no words to find."""
    if asked.text is None and asked.vector is None:
        raise InvalidInput("query-needed", "Nothing is sought.", hint="Give query_text or query_vector.")
    if asked.text is None and asked.mode == "text":
        raise InvalidInput("query-needed", "Searching by words needs some.", hint="Give query_text.")
    return "vector" if asked.text is None else asked.mode


def _by_words(
    connection: Connection,
    asked: Asked,
    collections: Sequence[Row[Any]],
    conditions: Conditions,
    depth: int,
    legs: _Legs,
) -> None:
    began = time.monotonic()
    assert asked.text is not None
    found = [
        (score, id_)
        for collection in collections
        for id_, score in wordindex.best(connection, collection.id, asked.text, depth, conditions)
    ]
    found.sort(key=lambda each: (-each[0], each[1]))
    legs.text = [id_ for _, id_ in found[:depth]]
    legs.text_s = time.monotonic() - began


def _documents(connection: Connection, collection_id: int, conditions: Conditions) -> "NDArray[np.int64]":
    """The numbers of the documents that the filter lets pass."""
    import numpy as np

    rows = connection.exec_driver_sql(
        f"SELECT d.id FROM knowledge_document d WHERE d.collection_id = ? AND {conditions.sql}",  # noqa: S608
        (collection_id, *conditions.values),
    )
    return np.fromiter(rows.scalars(), np.int64)


def _records(connection: Connection, order: Sequence[tuple[int, float]], legs: _Legs) -> list[Record]:
    """In their order; a passage that was deleted meanwhile is left out."""
    rows = {row.id: row for row in connection.exec_driver_sql(_RECORDS, (json.dumps([id_ for id_, _ in order]),))}
    vector_ranks = {id_: rank for rank, id_ in enumerate(legs.vector, 1)}
    text_ranks = {id_: rank for rank, id_ in enumerate(legs.text, 1)}
    return [
        Record(
            id=id_,
            collection=row.collection,
            document=row.document,
            document_id=row.document_id,
            passage=row.text,
            context=row.context,
            position=row.position,
            start=row.start,
            end=row.start + len(row.text),
            page=row.page,
            citation=f"{row.document}, " + (f"page {row.page}" if row.page else f"passage {row.position}"),
            metadata=json.loads(row.metadata),
            similarity_score=legs.similarity.get(id_),
            score=score,
            vector_rank=vector_ranks.get(id_),
            text_rank=text_ranks.get(id_),
        )
        for id_, score in order
        if (row := rows.get(id_)) is not None
    ]


def _explained(
    connection: Connection,
    mode: Mode,
    collections: Sequence[Row[Any]],
    conditions: Conditions,
    legs: _Legs,
    recall: Recall | None,
    began: float,
) -> Explanation:
    passages, left = (
        sum(_count(connection, collection.id, each) for collection in collections)
        for each in (Conditions(), conditions)
    )
    nothing: Nothing | None = None
    if not legs.vector and not legs.text:
        nothing = "empty" if not passages else "filter" if not left else "words" if mode == "text" else "none alike"
    return Explanation(
        mode=mode,
        coarse=legs.coarse,
        recall=recall,
        passages=left,
        vector_found=len(legs.vector),
        text_found=len(legs.text),
        nothing=nothing,
        timing=Timing(
            embed_s=legs.embed_s,
            vector_s=legs.vector_s,
            text_s=legs.text_s,
            total_s=time.monotonic() - began,
        ),
    )


def _count(connection: Connection, collection_id: int, conditions: Conditions) -> int:
    where = f" AND {conditions.sql}" if conditions else ""
    return int(
        connection.exec_driver_sql(
            "SELECT count(*) FROM knowledge_base p JOIN knowledge_document d ON d.id = p.document_id "  # noqa: S608
            f"WHERE p.collection_id = ?{where}",
            (collection_id, *conditions.values),
        ).scalar_one()
    )
