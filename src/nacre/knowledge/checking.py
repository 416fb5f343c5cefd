"""Looks whether collections are whole: quickly at the start, all of one when asked to, and then mends it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import Row, select

from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.core.progress import report
from nacre.core.store.database import Database
from nacre.knowledge.access import HIDDEN
from nacre.knowledge.collections import to_write
from nacre.knowledge.embedding import Embedder, as_vectors, check_digest
from nacre.knowledge.index import Faults, Index
from nacre.knowledge.tables import collections, documents, passages

if TYPE_CHECKING:
    from nacre.knowledge.embedding import Floats

_EMBEDDED_AT_ONCE = 256
_NAMED = 100
_log = structlog.get_logger()


class Checked(Answer):
    """Of a collection. `sound` tells whether all is well, after a repair if there was one.

    Counted is what was found before: passages without a vector, vectors and passages that belong to nothing; `words`
    says what was wrong with the index of words. `documents` are those, a hundred at most, that still lack vectors.
    """

    collection: str
    sound: bool
    repaired: bool
    without_vector: int
    stray_vectors: int
    stray_passages: int
    words: str
    documents: list[str]


class Checking:
    """Called from worker threads."""

    def __init__(self, store: Database, index: Index, embedder: Embedder) -> None:
        self._store = store
        self._index = index
        self._embedder = embedder
        self.damaged: Mapping[str, str] = {}
        """As the start found them: collections, each with what is wrong with it."""

    def at_start(self) -> None:
        with self._store.read() as connection:
            rows = connection.execute(select(collections).where(collections.c.access != HIDDEN)).all()
            found = {row.name: self._index.look(connection, row) for row in rows}
        self.damaged = {name: damage for name, damage in found.items() if damage is not None}
        if self.damaged:
            _log.error("collections are damaged, and not searched until they are mended", **self.damaged)

    def check(self, who: Principal, name: str, *, repair: bool) -> Checked:
        """Look at all of it, and mend what can be mended without loss where that is wanted.

        Raises NotFound "collection-not-found", NotAllowed "not-allowed", Damaged "knowledge-damaged", and what asking
        the model is refused with.
        """
        report("checking")
        with self._store.read() as connection:
            collection = to_write(connection, who, name)
            found = self._index.faults(connection, collection)
        left = found
        if found and repair:
            left = self._repaired(who, collection, found)
        if not left:
            self.damaged = {other: damage for other, damage in self.damaged.items() if other != name}
        return Checked(
            collection=name,
            sound=not left,
            repaired=bool(found) and repair,
            without_vector=len(found.without_vector),
            stray_vectors=found.stray_vectors,
            stray_passages=found.stray_passages,
            words=found.words,
            documents=self._documents(left.without_vector),
        )

    def _repaired(self, who: Principal, collection: Row[Any], found: Faults) -> Faults:
        """What is wrong with it afterwards."""
        import numpy as np

        ids, made = found.without_vector, np.empty((0, collection.dimension), np.float32)
        if collection.model is None:
            ids = []  # whoever brought them along has them
        elif ids:
            ids, made = self._embedded(who, collection, ids)
        report("repairing")
        with self._index.changing(collection) as changing:
            changing.mend(ids, made)
        with self._store.read() as connection:
            return self._index.faults(connection, collection)

    def _embedded(self, who: Principal, collection: Row[Any], ids: Sequence[int]) -> "tuple[list[int], Floats]":
        import numpy as np

        done: list[int] = []
        parts: list[Floats] = []
        for first in range(0, len(ids), _EMBEDDED_AT_ONCE):
            report("embedding", done=first, total=len(ids))
            some = passages.c.id.in_(ids[first : first + _EMBEDDED_AT_ONCE])
            with self._store.read() as connection:
                rows = connection.execute(select(passages).where(some)).all()
            part = self._embedder.embed(who, [row.context + row.text for row in rows], collection.model)
            check_digest(collection.name, collection.digest, part)
            parts.append(as_vectors(part.vectors, collection.dimension, collection.metric))
            done += [row.id for row in rows]
        return done, np.concatenate(parts)

    def _documents(self, ids: Sequence[int]) -> list[str]:
        some = passages.c.id.in_(ids[:_EMBEDDED_AT_ONCE])
        names = (
            select(documents.c.name)
            .join(passages, passages.c.document_id == documents.c.id)
            .where(some)
            .distinct()
            .order_by(documents.c.name)
            .limit(_NAMED)
        )
        with self._store.read() as connection:
            return list(connection.execute(names).scalars()) if ids else []
