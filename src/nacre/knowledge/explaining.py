"""Tells how records were found, and why others were not."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from nacre.engines.retrieval.words import sought as words_sought
from nacre.knowledge.documents import passages_of
from nacre.knowledge.filters import Condition, meets
from nacre.knowledge.found import Expected, Explanation, Mode, Nothing, Timing, Word
from nacre.knowledge.index import Index
from nacre.knowledge.legs import Asked, Legs, records_of
from nacre.knowledge.recall import Sampler

_WORDS_LOOKED_AT = 30
_TOLD_OF = 50


@dataclass(frozen=True)
class Sought:
    """A search that is to be explained; `seconds` is how long it took."""

    asked: Asked
    mode: Mode
    collections: Sequence[Row[Any]]
    conditions: Sequence[Condition]
    depth: int
    seconds: float


@dataclass(frozen=True)
class Explaining:
    index: Index
    sampler: Sampler

    def explained(
        self, connection: Connection, sought: Sought, legs: Legs, deep: Legs, order: Sequence[tuple[int, float]]
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
            others=records_of(self.index, connection, [one for one in order[wanted:] if one[0] in best], legs),
            expected=self._expected(connection, sought, deep, order),
        )  # fmt: skip

    def _words(self, connection: Connection, sought: Sought) -> list[Word]:
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
        self, connection: Connection, sought: Sought, legs: Legs, order: Sequence[tuple[int, float]]
    ) -> list[Expected]:
        """The passages that are nearest to being found first."""
        asked = sought.asked
        if asked.expected is None:
            return []
        ids = passages_of(connection, [row.id for row in sought.collections], asked.expected, asked.expected_position)
        places = {id_: place for place, (id_, _) in enumerate(order, 1)}
        scores = dict(order)
        records = records_of(self.index, connection, [(id_, scores.get(id_, 0.0)) for id_ in ids], legs)
        found = [
            Expected(
                record=record,
                place=places.get(record.id),
                kept_out=not meets(record.metadata, sought.conditions),
            )
            for record in records
        ]
        return sorted(found, key=_how_far)[:_TOLD_OF]


def _how_far(one: Expected) -> tuple[float, float, int]:
    ranks = [rank for rank in (one.record.vector_rank, one.record.text_rank) if rank is not None]
    return (one.place or math.inf, min(ranks, default=math.inf), one.record.position)
