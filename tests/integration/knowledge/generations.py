"""What must hold of a collection whose vectors are made anew, whatever happened meanwhile."""

from collections.abc import Callable, Sequence

import numpy as np
from sqlalchemy import select, text
from tests.integration.knowledge.conftest import ANN, Library
from tests.integration.knowledge.models import Hashing

from nacre.core.clock import system_clock
from nacre.core.principals import Principal
from nacre.knowledge.embedding import Embedder
from nacre.knowledge.reembedding import Reembedding
from nacre.knowledge.tables import clearings, collections, passages, reembeddings


def reembedding_of(
    library: Library, models: Embedder, *, at_once: int = 3, switched: Callable[[], None] = lambda: None
) -> Reembedding:
    def standing(_connection: object, person: str) -> Principal | None:
        return ANN if person == "ann" else None

    return Reembedding(
        library.store, system_clock, library.adding.index, models, library.collections.clearing, standing,
        switched, at_once,
    )  # fmt: skip


def is_of(library: Library, models: Hashing, name: str, model: str) -> None:
    """Each passage has one vector, which is that of this model; there are no others, and all are found by theirs."""
    library.collections.clearing.finish()
    with library.store.read() as connection:
        collection = connection.execute(select(collections).where(collections.c.name == name)).one()
        rows = connection.execute(select(passages).where(passages.c.collection_id == collection.id)).all()
        assert connection.execute(select(reembeddings)).all() == connection.execute(select(clearings)).all() == []
        assert (collection.model, collection.digest) == (model, models.digests[model])
        expected = models.vectors(model, [row.context + row.text for row in rows])
        kept = library.adding.index.vectors(connection, collection, [row.id for row in rows])
        assert np.allclose(kept, expected, atol=1e-6)
        assert vectors_kept(library, collection.id) == sorted(row.id for row in rows)
    for row, vector in zip(rows[:50], expected, strict=False):
        found = library.search(name, None, vector=vector.tolist(), top_k=len(rows), scan="exact").records
        assert len(found) == len(rows) and found[0].passage == row.text
        assert found[0].similarity_score is not None and abs(found[0].similarity_score - 1) < 1e-5


def vectors_kept(library: Library, number: int) -> Sequence[int]:
    """The passages of all vectors of a collection that the database holds, of whichever generation."""
    with library.store.read() as connection:
        if connection.dialect.name == "postgresql":
            find = text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ :own")
            tables = connection.execute(find, {"own": f"^knowledge_vector_{number}(_|$)"}).scalars().all()
            select_all = " UNION ALL ".join(f"SELECT passage FROM {table}" for table in tables)
            return sorted(connection.execute(text(select_all)).scalars()) if tables else []
        found = text("SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%USING vec0%'")
        return sorted(
            row & ((1 << 44) - 1)
            for table in connection.execute(found).scalars().all()
            for row in connection.execute(
                text(f"SELECT rowid FROM {table} WHERE collection & 4294967295 = {number}")
            ).scalars()
        )
