"""Searches collections: by meaning, by words, or by both, with every rank and time told where it is asked for."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from pydantic import JsonValue
from sqlalchemy import Connection, Row

from nacre.core.errors import Conflict, InvalidInput
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.core.store.database import Database
from nacre.engines.retrieval.fusion import fused
from nacre.engines.retrieval.words import sought as words_sought
from nacre.knowledge.collections import to_read
from nacre.knowledge.documents import passages_of
from nacre.knowledge.embedding import Embedder, as_vectors, check_digest
from nacre.knowledge.filters import Condition, conditions_of, meets
from nacre.knowledge.index import Index, Moved, Scan, Scored
from nacre.knowledge.recall import Recall, Sampler

if TYPE_CHECKING:
    from nacre.knowledge.embedding import Floats

Mode = Literal["hybrid", "vector", "text"]
Nothing = Literal["empty", "filter", "words", "none alike"]

_LEG_DEPTH = 100
"""How many each leg hands on to be fused, or as many as are wanted if these are more."""

_LOOKED_AT = 1000
"""How far down each leg is looked through for what was expected."""

_WORDS_LOOKED_AT = 30
_TOLD_OF = 50


class Record(Answer):
    """A passage that was found.

    `similarity_score` is the cosine of its vector and the query's (of the metric dot: their product; of l2: their
    distance with a minus, so that more is nearer), None where only words were compared; `score` orders the records,
    unless a reranker was asked: then `rerank_score` does, where there is one. `start` and `end` are characters of the
    document's text. The ranks are those of each leg, from 1, None where it did not find it; `text_score` is how much
    the words weigh (BM25, more is better).
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
    text_score: float | None
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


class Word(Answer):
    """One that was sought by; `found`: some passage has it."""

    word: str
    found: bool


class Expected(Answer):
    """A passage that was to be looked for. Its ranks are told down to the first thousand, where the legs hand on fewer;
    `place` is the one among all that they handed on, and `kept_out` tells that the filter does not let it pass."""

    record: Record
    place: int | None
    kept_out: bool


class Explanation(Answer):
    """Of each leg, how many it found, of how many passages there were to search; `nothing` tells why there is none:
    the collections are empty, the filter leaves none, no word of the query is in them, or nothing is alike.

    `coarse` tells that not all vectors were compared exactly; `recall` how much that has found lately in the first of
    the collections of what an exact search finds. Each leg hands on its best `depth`. `others` are those among the
    best `top_k` of a leg that are not among the records; `words` those that were sought by, without the commonest.
    """

    mode: Mode
    coarse: bool
    recall: Recall | None
    passages: int
    vector_found: int
    text_found: int
    nothing: Nothing | None
    timing: Timing
    depth: int
    words: list[Word]
    others: list[Record]
    expected: list[Expected]
    reranked: Reranked | None = None


class Found(Answer):
    """`note` tells why the records are not in the order that was asked for, where they are not."""

    records: list[Record]
    explain: Explanation | None
    note: str | None = None


@dataclass(frozen=True)
class Asked:
    """What is sought. `vector` stands for the text where it is given; `filter` is what documents must have. `expected`
    is a document to be told of in the explanation, or one passage of it."""

    collections: Sequence[str]
    text: str | None
    vector: Sequence[float] | None
    top_k: int
    mode: Mode
    filter: Mapping[str, JsonValue]
    scan: Scan = "auto"
    explain: bool = False
    expected: str | None = None
    expected_position: int | None = None


@dataclass
class _Legs:
    """What each way of searching found: passages, the best first, and the similarities of those by meaning.

    `fill` adds the similarities of others."""

    vector: list[int] = field(default_factory=list)
    similarity: dict[int, float] = field(default_factory=dict)
    text: list[int] = field(default_factory=list)
    text_score: dict[int, float] = field(default_factory=dict)
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
        while True:
            with suppress(Moved):  # once the vectors are those of another model: all of it anew
                return self._searched(who, asked)

    def _searched(self, who: Principal, asked: Asked) -> Found:
        began = time.monotonic()
        mode = _mode(asked)
        conditions = conditions_of(asked.filter)
        alone = mode == "vector" and not asked.explain  # nothing to be fused with, nobody to be told
        depth = asked.top_k if alone else max(_LEG_DEPTH, asked.top_k)
        with self.store.read() as connection:
            collections = [to_read(connection, who, name) for name in dict.fromkeys(asked.collections)]
            legs = _Legs()
            looked_at = depth if asked.expected is None else max(depth, _LOOKED_AT)
            if mode != "text":
                self._by_meaning(connection, who, asked, collections, conditions, looked_at, legs)
            if mode != "vector":
                self._by_words(connection, asked, collections, conditions, looked_at, legs)
            handed_on = replace(legs, vector=legs.vector[:depth], text=legs.text[:depth])
            order = fused(*(leg for leg in (handed_on.vector, handed_on.text) if leg))
            records = self._records(connection, order[: asked.top_k], handed_on)
            explained = None
            if asked.explain:
                sought = _Sought(asked, mode, collections, conditions, depth, time.monotonic() - began)
                explained = self._explained(connection, sought, handed_on, legs, order)
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
        legs.text_score = {id_: score for score, id_ in found}
        legs.text_s = time.monotonic() - began

    def _records(self, connection: Connection, order: Sequence[tuple[int, float]], legs: _Legs) -> list[Record]:
        """In their order; a passage that was deleted meanwhile is left out."""
        rows = self.index.passages(connection, [id_ for id_, _ in order])
        legs.fill([id_ for id_, _ in order if id_ not in legs.similarity])
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
                text_score=legs.text_score.get(id_),
            )
            for id_, score in order
            if (row := rows.get(id_)) is not None
        ]

    def _explained(
        self, connection: Connection, sought: "_Sought", legs: _Legs, deep: _Legs, order: Sequence[tuple[int, float]]
    ) -> Explanation:
        """`deep` are the legs as far as they were looked through."""
        collections, conditions, wanted = sought.collections, sought.conditions, sought.asked.top_k
        passages, left = (
            sum(self.index.count(connection, collection, each) for collection in collections)
            for each in ((), conditions)
        )
        nothing: Nothing | None = None
        if not order:
            by_words = sought.mode == "text"
            nothing = "empty" if not passages else "filter" if not left else "words" if by_words else "none alike"
        best = {id_ for leg in (legs.vector, legs.text) for id_ in leg[:wanted]}
        return Explanation(
            mode=sought.mode,
            coarse=legs.coarse,
            recall=self.sampler.of(collections[0].id) if legs.coarse else None,
            passages=left,
            vector_found=len(legs.vector),
            text_found=len(legs.text),
            nothing=nothing,
            timing=Timing(
                embed_s=legs.embed_s, vector_s=legs.vector_s, text_s=legs.text_s, total_s=sought.seconds
            ),
            depth=sought.depth,
            words=[] if sought.mode == "vector" else self._words(connection, sought),
            others=self._records(connection, [one for one in order[wanted:] if one[0] in best], legs),
            expected=self._expected(connection, sought, deep, order),
        )  # fmt: skip

    def _words(self, connection: Connection, sought: "_Sought") -> list[Word]:
        assert sought.asked.text is not None
        words = [term.word for term in words_sought(sought.asked.text)][:_WORDS_LOOKED_AT]
        return [
            Word(
                word=word,
                found=any(
                    self.index.by_words(connection, collection, word, 1, sought.conditions)
                    for collection in sought.collections
                ),
            )
            for word in words
        ]

    def _expected(
        self, connection: Connection, sought: "_Sought", legs: _Legs, order: Sequence[tuple[int, float]]
    ) -> list[Expected]:
        """The passages that are nearest to being found first."""
        asked = sought.asked
        if asked.expected is None:
            return []
        ids = passages_of(connection, [row.id for row in sought.collections], asked.expected, asked.expected_position)
        places = {id_: place for place, (id_, _) in enumerate(order, 1)}
        scores = dict(order)
        records = self._records(connection, [(id_, scores.get(id_, 0.0)) for id_ in ids], legs)
        found = [
            Expected(
                record=record,
                place=places.get(record.id),
                kept_out=not meets(record.metadata, sought.conditions),
            )
            for record in records
        ]
        return sorted(found, key=_how_far)[:_TOLD_OF]


@dataclass(frozen=True)
class _Sought:
    """A search that is to be explained; `seconds` is how long it took."""

    asked: Asked
    mode: Mode
    collections: Sequence[Row[Any]]
    conditions: Sequence[Condition]
    depth: int
    seconds: float


def _how_far(one: Expected) -> tuple[float, float, int]:
    ranks = [rank for rank in (one.record.vector_rank, one.record.text_rank) if rank is not None]
    return (one.place or math.inf, min(ranks, default=math.inf), one.record.position)


def _only(vectors: "Floats") -> "Floats":
    only: Floats = vectors[0]
    return only


def _mode(asked: Asked) -> Mode:
    """Without a text there are no words to find."""
    if asked.vector is None and not (asked.text or "").strip():
        raise InvalidInput("query-needed", "Nothing is sought.", hint="Give query_text or query_vector.")
    if asked.text is None and asked.mode == "text":
        raise InvalidInput("query-needed", "Searching by words needs some.", hint="Give query_text.")
    return "vector" if asked.text is None else asked.mode
