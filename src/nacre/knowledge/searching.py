"""Searches collections: by meaning, by words, or by both, with every rank and time told where it is asked for."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row

from nacre.core.errors import Conflict, InvalidInput
from nacre.core.principals import Principal
from nacre.core.store.database import Database
from nacre.engines.retrieval.fusion import fused
from nacre.knowledge.collections import to_read
from nacre.knowledge.embedding import Embedder, as_vectors, check_digest
from nacre.knowledge.explaining import Explaining, Sought
from nacre.knowledge.filters import Condition, conditions_of
from nacre.knowledge.found import Found, Mode
from nacre.knowledge.index import Index, Moved, Scored
from nacre.knowledge.legs import Asked, Legs, records_of
from nacre.knowledge.recall import Sampler

if TYPE_CHECKING:
    from nacre.knowledge.embedding import Floats

_LEG_DEPTH = 100
"""How many each leg hands on to be fused, or as many as are wanted if these are more."""

_LOOKED_AT = 1000
"""How far down each leg is looked through for what was expected."""


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
            legs = Legs()
            looked_at = depth if asked.expected is None else max(depth, _LOOKED_AT)
            if mode != "text":
                self._by_meaning(connection, who, asked, collections, conditions, looked_at, legs)
            if mode != "vector":
                self._by_words(connection, asked, collections, conditions, looked_at, legs)
            handed_on = replace(legs, vector=legs.vector[:depth], text=legs.text[:depth])
            order = fused(*(leg for leg in (handed_on.vector, handed_on.text) if leg))
            records = records_of(self.index, connection, order[: asked.top_k], handed_on)
            explained = None
            if asked.explain:
                sought = Sought(asked, mode, collections, conditions, depth, time.monotonic() - began)
                explained = Explaining(self.index, self.sampler).explained(connection, sought, handed_on, legs, order)
        return Found(records=records, explain=explained)

    def _by_meaning(
        self,
        connection: Connection,
        who: Principal,
        asked: Asked,
        collections: Sequence[Row[Any]],
        conditions: Sequence[Condition],
        depth: int,
        legs: Legs,
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
        legs: Legs,
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
