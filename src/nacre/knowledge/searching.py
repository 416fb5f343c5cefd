"""Searches collections: by meaning, by words, or by both, with every rank and time told where it is asked for."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from pydantic import JsonValue
from sqlalchemy import Connection, Row

from nacre.core.errors import Conflict, InvalidInput
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.core.store.database import Database
from nacre.engines.retrieval.fusion import fused
from nacre.knowledge.collections import to_read
from nacre.knowledge.embedding import Embedder, as_vectors, check_digest
from nacre.knowledge.filters import Condition, conditions_of
from nacre.knowledge.index import Index, Scan, Scored
from nacre.knowledge.recall import Recall, Sampler

if TYPE_CHECKING:
    from nacre.knowledge.embedding import Floats

Mode = Literal["hybrid", "vector", "text"]
Nothing = Literal["empty", "filter", "words", "none alike"]

_LEG_DEPTH = 100
"""How many each leg hands on to be fused, or as many as are wanted if these are more."""


class Record(Answer):
    """A passage that was found.

    `similarity_score` is the cosine of its vector and the query's (of the metric dot: their product; of l2: their
    distance with a minus, so that more is nearer), None where only words were compared; `score` orders the records,
    unless a reranker was asked: then `rerank_score` does, where there is one. `start` and `end` are characters of the
    document's text. The ranks are those of each leg, from 1, None where it did not find it.
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
    rerank_score: float | None = None


class Timing(Answer):
    """Seconds, of which `embed_s` passed until the query had its vector."""

    embed_s: float
    vector_s: float
    text_s: float
    total_s: float


class Rank(Answer):
    """Of a passage before and after it was reranked, from 1."""

    id: int
    before: int
    after: int
    score: float


class Reranked(Answer):
    """What a reranker did, and how long it took; no `ranks` where it failed."""

    name: str
    seconds: float
    ranks: list[Rank]


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
    reranked: Reranked | None = None


class Found(Answer):
    """`note` tells why the records are not in the order that was asked for, where they are not."""

    records: list[Record]
    explain: Explanation | None
    note: str | None = None


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

    store: Database
    index: Index
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
                self._by_words(connection, asked, collections, conditions, depth, legs)
            order = fused(*(leg for leg in (legs.vector, legs.text) if leg))[: asked.top_k]
            legs.fill([id_ for id_, _ in order if id_ not in legs.similarity])
            records = self._records(connection, order, legs)
            explained = None
            if asked.explain:
                recall = self.sampler.of(collections[0].id) if legs.coarse else None
                explained = self._explained(connection, mode, collections, conditions, legs, recall, began)
        return Found(records=records, explain=explained)

    def _by_meaning(
        self,
        connection: Connection,
        who: Principal,
        asked: Asked,
        collections: Sequence[Row[Any]],
        conditions: Sequence[Condition],
        depth: int,
        legs: _Legs,
    ) -> None:
        began = time.monotonic()
        query = self._query(who, asked, collections)
        embedded = time.monotonic()
        found: list[tuple[float, int]] = []
        for collection in collections:
            nearest = self.index.nearest(connection, collection, query, depth, conditions, asked.scan)
            found += [(similarity, id_) for id_, similarity in nearest.found]
            if nearest.coarse:
                legs.coarse = True
                self._sample(collection, query, asked.top_k, conditions, nearest.found)
        found.sort(key=lambda each: (-each[0], each[1]))
        legs.vector = [id_ for _, id_ in found[:depth]]
        legs.similarity = {id_: similarity for similarity, id_ in found}

        def fill(ids: Sequence[int]) -> None:
            for collection in collections:
                legs.similarity.update(self.index.similarities(connection, collection, query, ids))

        legs.fill = fill
        legs.embed_s, legs.vector_s = embedded - began, time.monotonic() - embedded

    def _sample(
        self,
        collection: Row[Any],
        query: "Floats",
        k: int,
        conditions: Sequence[Condition],
        coarse: Sequence[Scored],
    ) -> None:
        def exactly() -> set[int]:
            with self.store.read() as connection:
                return {
                    id_ for id_, _ in self.index.nearest(connection, collection, query, k, conditions, "exact").found
                }

        self.sampler.note(collection.id, {id_ for id_, _ in coarse[:k]}, exactly)

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

    def _by_words(
        self,
        connection: Connection,
        asked: Asked,
        collections: Sequence[Row[Any]],
        conditions: Sequence[Condition],
        depth: int,
        legs: _Legs,
    ) -> None:
        began = time.monotonic()
        assert asked.text is not None
        found = [
            (score, id_)
            for collection in collections
            for id_, score in self.index.by_words(connection, collection, asked.text, depth, conditions)
        ]
        found.sort(key=lambda each: (-each[0], each[1]))
        legs.text = [id_ for _, id_ in found[:depth]]
        legs.text_s = time.monotonic() - began

    def _records(self, connection: Connection, order: Sequence[tuple[int, float]], legs: _Legs) -> list[Record]:
        """In their order; a passage that was deleted meanwhile is left out."""
        rows = self.index.passages(connection, [id_ for id_, _ in order])
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
                metadata=row.metadata,
                similarity_score=legs.similarity.get(id_),
                score=score,
                vector_rank=vector_ranks.get(id_),
                text_rank=text_ranks.get(id_),
            )
            for id_, score in order
            if (row := rows.get(id_)) is not None
        ]

    def _explained(
        self,
        connection: Connection,
        mode: Mode,
        collections: Sequence[Row[Any]],
        conditions: Sequence[Condition],
        legs: _Legs,
        recall: Recall | None,
        began: float,
    ) -> Explanation:
        passages, left = (
            sum(self.index.count(connection, collection, each) for collection in collections)
            for each in ((), conditions)
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
